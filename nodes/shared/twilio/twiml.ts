/** Takes a webhook in without answering the text: replies go out over the REST API. */
export const EMPTY_TWIML = '<Response/>';

export const TWIML_CONTENT_TYPE = 'text/xml';
