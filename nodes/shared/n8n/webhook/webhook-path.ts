/** Last part of the trigger's path, after its webhook id. */
export const WEBHOOK_PATH = 'twilio';
