/** Where Twilio sends what comes in: a text, a call, the end of a call. Empty strings stand for "not set". */
export interface InboundSettings {
	url: string;
	method: HttpMethod;
	/** Called when `url` fails. */
	fallbackUrl: string;
	fallbackMethod: HttpMethod;
	/** A TwiML App; where one is set, Twilio ignores `url`. Of a number's texts and calls only. */
	applicationSid: string;
}

export type HttpMethod = 'GET' | 'POST';

/**
 * A thing at Twilio that has inbound settings: a Messaging Service, a number's texts (`number`), its
 * calls (`voice`), or what it tells of a call that has ended (`callStatus`: no fallback, no app).
 */
export interface InboundEndpointRef {
	kind: 'service' | 'number' | 'voice' | 'callStatus';
	sid: string;
}

export interface InboundEndpoint extends InboundEndpointRef {
	/** As the builder knows it: +14155550123, or the Service's name. */
	label: string;
	settings: InboundSettings;
}

/** Reads and writes inbound settings. Rejects with TwilioApiError or NoAnswerError. */
export interface InboundEndpoints {
	/** Undefined where the account has no such endpoint (any more). */
	read(ref: InboundEndpointRef): Promise<InboundEndpoint | undefined>;
	/** Changes what is given and leaves the rest. */
	write(ref: InboundEndpointRef, settings: Partial<InboundSettings>): Promise<void>;
}

/** Twilio answers with null, '' or nothing where a URL is not set. */
export function urlOrEmpty(url: string | null | undefined): string {
	return url ?? '';
}

export function methodOrPost(method: string | null | undefined): HttpMethod {
	return method?.toUpperCase() === 'GET' ? 'GET' : 'POST';
}
