import type { Author } from '../messaging/message';
import type { Thread } from '../threads/thread-store';
import type { NewMessage } from '../twilio/messages';

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
