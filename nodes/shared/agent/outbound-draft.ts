import type { Author } from '../messaging/message';
import type { Thread } from '../threads/thread-store';

/** A text that is ready to be sent, and the thread it belongs to. */
export interface OutboundDraft {
	threadId: string;
	/** E.164. */
	to: string;
	/** Pins one sender; with a Messaging Service it must be in its pool. */
	from?: string;
	/** At least one of `from` and this. */
	messagingServiceSid?: string;
	/** At most 1,600 characters; may be empty where there is media. */
	body: string;
	/** Public URLs, at most ten. */
	mediaUrls?: readonly string[];
	author: Exclude<Author, 'contact'>;
	/** Where Twilio reports the delivery. */
	statusCallback?: string;
	/** Seconds the text may wait in Twilio's queue. */
	validityPeriod?: number;
	/** Twilio keeps the text until then; needs a Messaging Service. */
	sendAt?: Date;
	/**
	 * A last look at the thread right before every try: an error it returns cancels the send.
	 * For a reply that a newer text or a takeover makes stale.
	 */
	veto?: (thread: Thread) => Error | undefined;
}
