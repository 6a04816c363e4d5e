/** How a trigger recognises its own URL at Twilio. */
export interface OwnWebhookUrl {
	/** The URL to be registered now. */
	url: string;
	/** Whether it is exactly the one above. */
	is(url: string): boolean;
	/** Whether it is this trigger's at all: the one above, its test URL, or either on a former host. */
	owns(url: string): boolean;
	/** The same, but not on another host, where a copy of this workflow may run. */
	ownsHere(url: string): boolean;
}

/**
 * @param path the end of the path that belongs to this trigger alone: its webhook id and more.
 */
export function ownWebhookUrl(url: string, path: string): OwnWebhookUrl {
	const owns = (other: string) =>
		URL.canParse(other) && new URL(other).pathname.endsWith(`/${path}`);
	return {
		url,
		is: (other) => plain(other) === plain(url),
		owns,
		ownsHere: (other) => owns(other) && new URL(other).host === new URL(url).host,
	};
}

/** Spelled one way, and without Twilio's connection overrides in the fragment. */
function plain(url: string): string {
	if (!URL.canParse(url)) return url;
	const parsed = new URL(url);
	parsed.hash = '';
	return parsed.toString();
}
