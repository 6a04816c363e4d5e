/** Of the option that allows to take over what another app has set. */
export const OVERWRITE_LABEL = "Overwrite Another App's Webhook";
