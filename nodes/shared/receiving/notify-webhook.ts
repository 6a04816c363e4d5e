import { createHmac } from 'node:crypto';
import { NoAnswerError, type HttpClient } from '../http/http-client';
import type { Clock } from '../messaging/clock';
import { InvalidInputError } from '../messaging/invalid-input-error';

interface Notification {
	url: string;
	/** Equal for every attempt and every repetition, so that the receiver can tell them apart from news. */
	id: string;
	/** Sent as JSON. */
	payload: object;
	/** Standard Webhooks secret. */
	secret: string;
}

export type NotifyOutcome =
	| { delivered: true; attempts: number }
	| {
			delivered: false;
			attempts: number;
			/** In a sentence, without anything of the URL but its host. */
			reason: string;
	  };

/** Milliseconds before the second and the third attempt. */
const PAUSES_MS = [1_000, 3_000];
/** Milliseconds a receiver has for its answer; the Standard Webhooks spec asks for 15 to 30 seconds, a texter waits less. */
const TIMEOUT_MS = 10_000;

/**
 * Posts the notification, up to three times: again after no answer, a 5xx or a 429, never after any
 * other answer. A receiver may get it twice, with the same `webhook-id`. Never rejects for a
 * receiver's failure.
 */
export async function notifyWebhook(
	notification: Notification,
	deps: { http: HttpClient; clock: Clock },
): Promise<NotifyOutcome> {
	const body = JSON.stringify(notification.payload);
	for (let attempts = 1; ; attempts++) {
		const failure = await attempt(notification, body, deps);
		if (failure === undefined) return { delivered: true, attempts };
		const pause = PAUSES_MS[attempts - 1];
		if (failure.final || pause === undefined) {
			return { delivered: false, attempts, reason: failure.reason };
		}
		await deps.clock.sleep(pause);
	}
}

async function attempt(
	{ url, id, secret }: Notification,
	body: string,
	{ http, clock }: { http: HttpClient; clock: Clock },
): Promise<{ final: boolean; reason: string } | undefined> {
	const { host } = new URL(url);
	try {
		const { status } = await http({
			method: 'POST',
			url,
			headers: {
				'content-type': 'application/json',
				...standardWebhookHeaders(secret, { id, at: clock.now(), body }),
			},
			body,
			timeoutMs: TIMEOUT_MS,
			statusOnly: true,
		});
		if (status >= 200 && status < 300) return undefined;
		return {
			final: status < 500 && status !== 429,
			reason: refusalOf(host, status),
		};
	} catch (error) {
		if (!(error instanceof NoAnswerError)) throw error;
		return { final: false, reason: error.message };
	}
}

/** In a sentence, what is wrong with a status that is not 2xx. */
export function refusalOf(host: string, status: number): string {
	return status >= 300 && status < 400
		? `${host} answered with a redirect (HTTP ${status}); enter the final address`
		: `${host} answered with HTTP status ${status}`;
}

const PREFIX = 'whsec_';
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

interface SignedHeaders {
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
				? 'it is empty in the Twilio Messaging API credential, and what this node posts to a webhook of yours is signed with it'
				: 'it is not a Standard Webhooks secret',
		fix: `Enter the secret that the receiver of the webhook gave you: ${PREFIX} followed by base64 of ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes. If you make it yourself, n8n's Crypto node can (Generate, type Base64, length 32).`,
	});
}
