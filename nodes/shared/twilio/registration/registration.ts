import type { InboundEndpointRef, InboundSettings } from '../api/inbound-endpoint';
import type { OwnWebhookUrl } from './own-webhook-url';

/** What we took over at Twilio, and what was there; kept until it is given back. */
export interface Registration {
	purpose: Purpose;
	url: string;
	/** URLs before that one, at which Twilio may still have some of the endpoints. */
	formerUrls?: string[];
	/** Set as the fallback of calls where there was none. */
	callFallbackUrl?: string;
	/** Whose endpoints they are; absent in what an older version wrote down. */
	accountSid?: string;
	endpoints: RegisteredEndpoint[];
	/** Unpublished, and these could not be given back. */
	stranded?: true;
}

export interface RegisteredEndpoint extends InboundEndpointRef {
	/** As the builder knows it; absent in what an older version wrote down. */
	label?: string;
	displaced: InboundSettings;
}

/** A test takes the place of everything for one text, the production URL included. */
export type Purpose = 'production' | 'test';

/** All URLs that this registration may have left at Twilio. */
export function urlsOf(registration: Registration | undefined): string[] {
	if (registration === undefined) return [];
	return [registration.url, ...(registration.formerUrls ?? [])];
}

/** Knows what this registration may have left at Twilio for its own. */
export function remembering(
	webhook: OwnWebhookUrl,
	registration: Registration | undefined,
): OwnWebhookUrl {
	return webhook.remembering(urlsOf(registration), registration?.callFallbackUrl);
}
