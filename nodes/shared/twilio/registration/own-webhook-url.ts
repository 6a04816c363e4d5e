/** How a trigger recognises its own URL at Twilio. */
export interface OwnWebhookUrl {
	/** The URL to be registered now. */
	url: string;
	/** Whether it is exactly the one above. */
	isCurrent(url: string): boolean;
	/**
	 * Whether it is this trigger's at all: its production URL, its test URL, or one that it remembers
	 * to have had. The same path on any other host belongs to a copy of the workflow on another n8n.
	 */
	isOurs(url: string): boolean;
	/** Whether it is not ours, but has our path: a copy's on another n8n, or a former one, forgotten. */
	isNamesake(url: string): boolean;
	/** The same, with URLs that it had before. */
	remembering(former: readonly string[]): OwnWebhookUrl;
}

/**
 * @param addresses the trigger's URLs on this n8n, that for tests too.
 * @param path the end of the path that all copies of this trigger have: its webhook id and more.
 */
export function ownWebhookUrl(
	url: string,
	addresses: readonly string[],
	path: string,
): OwnWebhookUrl {
	const ours = new Set([url, ...addresses].map(plain));
	const isOurs = (other: string) => ours.has(plain(other));
	return {
		url,
		isCurrent: (other) => plain(other) === plain(url),
		isOurs,
		isNamesake: (other) =>
			!isOurs(other) && URL.canParse(other) && new URL(other).pathname.endsWith(`/${path}`),
		remembering: (former) => ownWebhookUrl(url, [...addresses, ...former], path),
	};
}

/** Spelled one way, and without Twilio's connection overrides in the fragment. */
function plain(url: string): string {
	if (!URL.canParse(url)) return url;
	const parsed = new URL(url);
	parsed.hash = '';
	return parsed.toString();
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

/** Of the option that allows to take over what another app has set. */
export const OVERWRITE_LABEL = "Overwrite Another App's Webhook";
