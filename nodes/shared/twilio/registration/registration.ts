import type { InboundEndpointRef, InboundSettings } from '../api/inbound-endpoint';

/** What we took over at Twilio, and what was there; kept until it is given back. */
export interface Registration {
	purpose: Purpose;
	url: string;
	/** URLs before that one, at which Twilio may still have some of the endpoints. */
	formerUrls?: string[];
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
