import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

/** Name of the credential type of every node that talks to Twilio; apart, because every entry needs it at once. */
export const TWILIO_CREDENTIAL = 'twilioMessagingApi';

/** Label of its slot, where a node always needs it: there n8n shows no more than "Credential". */
export const TWILIO_SLOT = 'Credential for Twilio Messaging API';

/** A text field of a credential, without the blanks that copying brings along; empty where it is not set. */
export function credentialText(
	data: ICredentialDataDecryptedObject | undefined,
	field: string,
): string {
	const value = data?.[field];
	return typeof value === 'string' ? value.trim() : '';
}
