/** Name of the credential type of every node that talks to Twilio. */
export const TWILIO_CREDENTIAL = 'twilioMessagingApi';
