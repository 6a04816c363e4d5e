import type { Encoding } from '../messaging/segments';

/** A text that Twilio has. */
export interface SentMessage {
	messageSid: string;
	threadId: string;
	/** Twilio's word at the time: queued, accepted, scheduled ... */
	status: string;
	to: string;
	/** Null until a Messaging Service has picked a number. */
	from: string | null;
	messagingServiceSid: string | null;
	/** The words as they were handed to Twilio. */
	body: string;
	numSegments: number;
	encoding: Encoding;
	/** What costs more than it needs to or looks different at the contact's end. */
	warnings: string[];
	/** ISO 8601, UTC: when Twilio took it. */
	sentAt: string;
	/** An earlier attempt at the same send had done it; nothing was sent now. */
	repeated: boolean;
	/** Twilio's answer had been lost, and the text was found in its message list. */
	reconciled: boolean;
}
