import type { HttpClient } from '../../http/http-client';
import { withoutSecrets } from '../../messaging/reason-of';
import { exchange, type Answer, type N8nRequest } from './bounded-exchange';

/** Bytes. Twilio's longest page of messages has a few million; nothing else comes near. */
const MAX_ANSWER_BYTES = 16_000_000;

/**
 * Carries HTTP through n8n's helper. Statuses come back as they are; n8n's own errors (and a second
 * try on 401) stay out of it. A refusal that repeats what it was sent comes back without the secrets.
 */
export function n8nHttpClient(send: N8nRequest, maxBytes = MAX_ANSWER_BYTES): HttpClient {
	return async ({ method, url, headers, body, timeoutMs, signal, statusOnly }) => {
		const request = {
			method,
			url,
			...(headers ? { headers } : {}),
			...(body === undefined ? {} : { body }),
		};
		const wantsBody = () => statusOnly !== true;
		const answer = await exchange(send, request, { timeoutMs, maxBytes, signal, wantsBody });
		return textOf(answer);
	};
}

/** What names a success is ours or the contact's words, and stays as it is. */
function textOf({ status, headers, body }: Answer) {
	const text = new TextDecoder().decode(body);
	if (status < 300) return { status, headers, body: text };
	const blanked = Object.entries(headers).map(([name, value]) => [name, withoutSecrets(value)]);
	return {
		status,
		headers: Object.fromEntries(blanked) as Record<string, string>,
		body: withoutSecrets(text),
	};
}
