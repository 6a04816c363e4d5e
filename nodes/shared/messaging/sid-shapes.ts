/** Twilio's SIDs: two letters that tell the kind, 32 hexadecimal characters. */
export const ACCOUNT_SID = /^AC[0-9a-fA-F]{32}$/;
export const MESSAGING_SERVICE_SID = /^MG[0-9a-fA-F]{32}$/;
export const MESSAGE_SID = /^(?:SM|MM)[0-9a-fA-F]{32}$/;
export const CALL_SID = /^CA[0-9a-fA-F]{32}$/;
