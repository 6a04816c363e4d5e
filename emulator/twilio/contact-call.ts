import type { Delivery } from './delivery';

/** What a phone does that Twilio rings. `voicemail` picks up and presses no key. */
export const PHONE_BEHAVIOURS = [
	'answers',
	'rejects',
	'rings out',
	'voicemail',
	'unreachable',
] as const;

export type PhoneBehaviour = (typeof PHONE_BEHAVIOURS)[number];

export interface ContactCall {
	from: string;
	to: string;
	/** Default: a new one. */
	callSid?: string;
	/** Of all phones, or of each by its number. Default: they ring out. */
	owner?: PhoneBehaviour | Readonly<Record<string, PhoneBehaviour>>;
	/** What a person who answers presses when asked; null for nothing. Default '1'. */
	pressesKey?: string | null;
	/** When the caller hangs up; without it, they wait for the end. */
	hangsUp?: 'while it rings' | 'during the message' | 'in the talk';
	/** For how many seconds the caller speaks after the tone. Default 0: not at all. */
	speaks?: number;
	/** Whether Twilio still asks the Dial's action when the caller has hung up. Default true. */
	asksActionAfterHangUp?: boolean;
	/** What Twilio calls a Dial whose phone picked up and was not connected. Default `completed`. */
	unconnectedStatus?: 'completed' | 'no-answer';
	/** Whether the Dial's action says DialBridged. Default true. */
	saysBridged?: boolean;
	/** Whether Twilio tells when the recording can be fetched. Default true. */
	tellsOfRecording?: boolean;
	/** When Twilio's list says that it came. Default: now. */
	startedAt?: Date;
	/** Further form fields of the caller's leg; they win over the usual ones. */
	fields?: Readonly<Record<string, string>>;
}

export interface ContactCallResult {
	readonly callSid: string;
	/** How the caller's leg ended. */
	readonly status: string;
	/** Phones, in the order they rang. */
	readonly rang: readonly string[];
	readonly connectedTo: string | null;
	/** What was shown on the phones as the caller. */
	readonly shownAs: string | null;
	/** What was spoken to the caller. */
	readonly heard: readonly string[];
	/** What was spoken to phones that picked up. */
	readonly heardByPhones: readonly string[];
	readonly recordingUrl: string | null;
	/** Requests to the application, in the order they were sent. */
	readonly deliveries: readonly Delivery[];
	/** Why no webhook was asked; null when one was. */
	readonly undeliverable: string | null;
	/** Twilio's error code that ended the call; null when all was well. */
	readonly errorCode: number | null;
}
