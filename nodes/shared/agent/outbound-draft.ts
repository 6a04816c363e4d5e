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
