/** Name of the credential type of every node that talks to Twilio; apart, because every entry needs it at once. */
export const TWILIO_CREDENTIAL = 'twilioMessagingApi';
