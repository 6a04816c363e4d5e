import { createHmac } from 'node:crypto';
import { InvalidInputError } from '../messaging/invalid-input-error';

const PREFIX = 'whsec_';
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

export interface SignedHeaders {
	'webhook-id': string;
	'webhook-timestamp': string;
	'webhook-signature': string;
}

/**
 * Signs a webhook as https://www.standardwebhooks.com says, so that receivers can check it with
 * the libraries they find there.
 *
 * @param id stays the same however often the webhook is sent.
 * @param at milliseconds since 1970, of this attempt.
 */
export function standardWebhookHeaders(
	secret: string,
	{ id, at, body }: { id: string; at: number; body: string },
): SignedHeaders {
	const timestamp = String(Math.floor(at / 1000));
	const key = Buffer.from(secret.slice(secret.startsWith(PREFIX) ? PREFIX.length : 0), 'base64');
	const signature = createHmac('sha256', key)
		.update(`${id}.${timestamp}.${body}`)
		.digest('base64');
	return {
		'webhook-id': id,
		'webhook-timestamp': timestamp,
		'webhook-signature': `v1,${signature}`,
	};
}

/** Throws InvalidInputError, without the secret, where it is missing or has another form. */
export function assertStandardSecret(secret: string, field: string): void {
	const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
	const wellFormed = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded);
	const bytes = wellFormed ? Buffer.from(encoded, 'base64').length : 0;
	if (bytes >= MIN_KEY_BYTES && bytes <= MAX_KEY_BYTES) return;
	throw new InvalidInputError({
		field,
		cause:
			secret === ''
				? 'it is empty in the Twilio Messaging API credential, and an agent notifies a webhook'
				: 'it is not a Standard Webhooks secret',
		fix: `Enter the secret that the receiver of the webhook gave you: ${PREFIX} followed by base64 of ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes. If you make it yourself, n8n's Crypto node can (Generate, type Base64, length 32).`,
	});
}
