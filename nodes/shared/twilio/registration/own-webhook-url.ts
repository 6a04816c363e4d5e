/** How a trigger recognises its own URL at Twilio. */
export interface OwnWebhookUrl {
	/** The URL to be registered now, Twilio's connection overrides in its fragment. */
	url: string;
	/** What is to be called where n8n does not answer a call; empty for nothing. */
	callFallbackUrl: string;
	/** Whether it is the one above, whatever its fragment. */
	isCurrent(url: string): boolean;
	/**
	 * Whether it is this trigger's at all: its production URL, its test URL, or one that it remembers
	 * to have had. The same path on any other host belongs to a copy of the workflow on another n8n.
	 */
	isOurs(url: string): boolean;
	/** Whether it is not ours, but has our path: a copy's on another n8n, or a former one, forgotten. */
	isNamesake(url: string): boolean;
	/** Whether this trigger has set it as the fallback of calls. */
	isOurCallFallback(url: string): boolean;
	/** The same, with URLs and a fallback of calls that it had before. */
	remembering(former: readonly string[], callFallbackUrl?: string): OwnWebhookUrl;
}

/**
 * How Twilio asks again when n8n does not answer, written into a URL's fragment: within 15 seconds
 * at most, at once, and also after a 4xx, which n8n answers while it starts. Somebody who calls
 * hears nothing meanwhile.
 */
export const CONNECTION_OVERRIDES = {
	texts: '#rc=5&rp=all&ct=2500&rt=7000',
	calls: '#rc=3&rp=all&ct=2500&rt=5000&tt=10000',
} as const;

/**
 * @param wanted what is to be registered.
 * @param addresses the trigger's URLs on this n8n, that for tests too, and former ones.
 * @param path the end of the path that all copies of this trigger have: its webhook id and more.
 * @param formerCallFallback what it has set as the fallback of calls before.
 */
export function ownWebhookUrl(
	wanted: Pick<OwnWebhookUrl, 'url' | 'callFallbackUrl'>,
	addresses: readonly string[],
	path: string,
	formerCallFallback = '',
): OwnWebhookUrl {
	const { url, callFallbackUrl } = wanted;
	const ours = new Set([url, ...addresses].map(plain));
	const isOurs = (other: string) => ours.has(plain(other));
	return {
		url,
		callFallbackUrl,
		isCurrent: (other) => isSameAddress(other, url),
		isOurs,
		isNamesake: (other) =>
			!isOurs(other) && URL.canParse(other) && new URL(other).pathname.endsWith(`/${path}`),
		isOurCallFallback: (other) => other !== '' && other === formerCallFallback,
		remembering: (former, callFallback) =>
			ownWebhookUrl(wanted, [...addresses, ...former], path, callFallback),
	};
}

/** Whether Twilio calls the same address, however often it tries. */
export function isSameAddress(one: string, other: string): boolean {
	return plain(one) === plain(other);
}

/** Spelled one way, and without Twilio's connection overrides in the fragment. */
function plain(url: string): string {
	if (!URL.canParse(url)) return url;
	const parsed = new URL(url);
	parsed.hash = '';
	return parsed.toString();
}

/**
 * What Twilio may have signed: the URL without its fragment, as far as is known. Should it sign the
 * fragment too, no text must be refused for that.
 *
 * @param registered all that Twilio may have been given.
 */
export function signedUrls(url: string, query: string, registered: readonly string[]): string[] {
	const fragments = ['', ...[url, ...registered].map(fragmentOf)];
	return [...new Set(fragments)].map((fragment) => withoutFragment(url) + query + fragment);
}

export function withoutFragment(url: string): string {
	return url.slice(0, url.length - fragmentOf(url).length);
}

function fragmentOf(url: string): string {
	const start = url.indexOf('#');
	return start < 0 ? '' : url.slice(start);
}

/** Whether only this machine or its own network can reach the URL; Twilio cannot. */
export function isPrivateUrl(url: string): boolean {
	const { hostname } = new URL(url);
	const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
	if (host.includes(':')) return PRIVATE_V6.some((range) => range.test(host));
	if (/^\d+(?:\.\d+){3}$/.test(host)) return PRIVATE_V4.some((range) => range.test(host));
	// A name without a dot (localhost, n8n) is known inside its own network only.
	return !host.includes('.') || PRIVATE_NAME.test(host);
}

const PRIVATE_V4 = [
	/^0\./,
	/^10\./,
	/^127\./,
	/^169\.254\./,
	/^172\.(?:1[6-9]|2\d|3[01])\./,
	/^192\.168\./,
	/^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
];
const PRIVATE_V6 = [/^::1?$/, /^f[cd]/, /^fe[89ab]/, /^::ffff:/];
const PRIVATE_NAME = /\.(?:local|localhost|internal|lan|home|home\.arpa|test)$/;
