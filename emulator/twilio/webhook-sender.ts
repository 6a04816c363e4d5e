import { callHttp, type HttpOutcome } from './http-call';
import { signRequest, type WebhookParams } from './signature';

const MAX_REDIRECTS = 10;

export interface WebhookRequest {
	/** The public URL. A fragment is neither signed nor sent. */
	readonly url: string;
	readonly method: string;
	readonly params: WebhookParams;
	readonly token: string;
	/** Sign for another URL than the one called: what a forger or a misconfigured proxy does. */
	readonly signedUrl?: string;
	/** A ready signature, or null to send none. */
	readonly signature?: string | null;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface WebhookTransport {
	/** Where a public URL is reached in this test set-up. */
	readonly rewriteUrl: (url: string) => string;
	readonly connectTimeoutMs: number;
	readonly readTimeoutMs: number;
}

/** Sends one signed form and follows redirects as Twilio does. */
export async function sendWebhook(
	request: WebhookRequest,
	transport: WebhookTransport,
): Promise<HttpOutcome> {
	let { url, method, params } = request;
	for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
		const outcome = await sendOnce({ ...request, url, method, params }, transport);
		if (outcome.kind === 'failure' || outcome.location === null) return outcome;
		if (![301, 302, 303, 307, 308].includes(outcome.status)) return outcome;
		url = new URL(outcome.location, url).toString();
		if (outcome.status < 307 && method !== 'GET') {
			method = 'GET';
			params = {};
		}
	}
	return { kind: 'failure', phase: 'read', detail: 'too many redirects' };
}

async function sendOnce(
	request: WebhookRequest,
	transport: WebhookTransport,
): Promise<HttpOutcome> {
	const form = encodeForm(request.params);
	const isGet = request.method === 'GET';
	const bare = request.url.replace(/#.*$/s, '');
	const url = isGet && form !== '' ? `${bare}${bare.includes('?') ? '&' : '?'}${form}` : bare;
	const signature =
		request.signature === undefined
			? signRequest(request.token, request.signedUrl ?? url, isGet ? {} : request.params)
			: request.signature;
	const target = transport.rewriteUrl(url);
	const forwarded: Record<string, string> =
		target === url
			? {}
			: {
					'X-Forwarded-Host': new URL(url).host,
					'X-Forwarded-Proto': new URL(url).protocol.slice(0, -1),
				};
	return await callHttp({
		url: target,
		method: request.method,
		headers: {
			Host: new URL(url).host,
			'User-Agent': 'TwilioProxy/1.1',
			Accept: '*/*',
			...forwarded,
			...(isGet
				? {}
				: {
						'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
						'Content-Length': String(Buffer.byteLength(form)),
					}),
			...(signature === null ? {} : { 'X-Twilio-Signature': signature }),
			...request.headers,
		},
		...(isGet ? {} : { body: form }),
		connectTimeoutMs: transport.connectTimeoutMs,
		readTimeoutMs: transport.readTimeoutMs,
	});
}

function encodeForm(params: WebhookParams): string {
	const form = new URLSearchParams();
	for (const [name, value] of Object.entries(params)) {
		for (const each of typeof value === 'string' ? [value] : value) form.append(name, each);
	}
	return form.toString();
}
