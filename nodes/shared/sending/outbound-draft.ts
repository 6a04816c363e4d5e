import type { Author } from '../messaging/message';
import type { Thread, OpenThreadStore } from '../threads/thread-store';
import type { NewMessage } from '../twilio/api/messages';
import type { Clock } from '../messaging/clock';
import type { TwilioClient } from '../twilio/api/twilio-client';
import type { Encoding } from '../messaging/segments';

/** A text that is ready to be sent, and the thread it belongs to. */
export interface OutboundDraft extends NewMessage {
	threadId: string;
	author: Exclude<Author, 'contact'>;
	/**
	 * A last look at the thread right before every try: an error it returns cancels the send.
	 * For a reply that a newer text or a takeover makes stale.
	 */
	veto?: (thread: Thread) => Error | undefined;
}

/** What a send is known by, however often it is tried. */
export interface SendIdentity {
	/** The same for every try of one send: a turn's SIDs, an execution's item. */
	key: string;
	threadId: string;
	author: OutboundDraft['author'];
	/** SIDs of the texts that this one answers; kept with the message in the thread. */
	answers?: readonly string[];
}

/** The right to send, until its hold ends. */
export interface HeldClaim extends SendIdentity {
	token: string;
}

/** What sending needs from outside. */
export interface SendDeps {
	store: OpenThreadStore;
	twilio: TwilioClient;
	clock: Clock;
	/** Stops waiting and retrying; a request under way is given up, its outcome then unknown. */
	signal?: AbortSignal | undefined;
	/** From 0 up to 1; spreads retries. */
	random?: () => number;
}

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
