/** One HTTP request of Twilio's to the application, and how it ended. */
export interface Delivery {
	/** `call` wants TwiML of the voice kind, `callEvent` only to be told. */
	readonly kind: 'inbound' | 'status' | 'call' | 'callEvent' | 'direct';
	readonly messageSid: string | null;
	/** The public URL, as signed. */
	readonly url: string;
	readonly method: string;
	/** True when this went to the Fallback URL. */
	readonly fallback: boolean;
	readonly attempt: number;
	/** Null when no HTTP response came. */
	readonly status: number | null;
	readonly ms: number;
	readonly contentType: string | null;
	readonly responseBody: string;
	/** Twilio's error code for what went wrong (11200, 12300, ...); null when all was well. */
	readonly errorCode: number | null;
	readonly errorDetail: string | null;
	readonly params: Readonly<Record<string, string | readonly string[]>>;
	readonly at: Date;
}
