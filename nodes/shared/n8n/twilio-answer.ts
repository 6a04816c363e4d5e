import type { Response } from 'express';
import { EMPTY_TWIML, TWIML_CONTENT_TYPE } from '../twilio/twiml';

/** Takes the text in. Replies go out by themselves, so this one says nothing to the contact. */
export function acknowledge(response: Response): void {
	response.status(200).type(TWIML_CONTENT_TYPE).send(EMPTY_TWIML);
}

/** As JSON: plain text would be texted to the contact, should anybody ever take it for an answer. */
export function refuse(response: Response, status: 400 | 403 | 500 | 503, message: string): void {
	if (response.headersSent) return;
	response.status(status).json({ message });
}
