import { createHmac } from 'node:crypto';

export type WebhookParams = Readonly<Record<string, string | readonly string[]>>;

/**
 * Twilio's webhook signature: HMAC-SHA1 over the URL without its fragment, followed by every
 * parameter's name and value in code-unit order of the names. Values of a repeated name are
 * de-duplicated and sorted. For a GET request pass no parameters: they are in the URL already.
 */
export function signRequest(authToken: string, url: string, params: WebhookParams = {}): string {
	const pairs = Object.keys(params)
		.sort()
		.flatMap((name) => valuesOf(params[name]).map((value) => name + value));
	const signed = url.replace(/#.*$/s, '') + pairs.join('');
	return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}

function valuesOf(value: string | readonly string[] | undefined): readonly string[] {
	if (value === undefined) return [];
	return typeof value === 'string' ? [value] : [...new Set(value)].sort();
}
