import type { Tool } from '../acting/tool';
import type { ConversationMemory } from '../composing/conversation-memory';
import type { SeenMedia } from '../composing/models/attachments';
import type { ReplyComposer } from '../composing/reply-composer';
import type { Media } from '../messaging/message';
import type { SmsSender } from '../sending/send-to-thread';
import type { ThreadServices } from '../threads/thread-store';

/** What composing a reply needs from outside. */
export interface ComposeServices extends ThreadServices {
	composer: ReplyComposer;
	/** Shown to the model in place of the thread, and told once of each turn that was answered. */
	memory?: ConversationMemory | undefined;
	/** Fetches media of the texts to answer, for a model that can see or hear; absent where it is not to. */
	see?: ((media: readonly Media[]) => Promise<SeenMedia>) | undefined;
	/** What the agent can do beside texting; absent where it can do nothing. */
	tools?: readonly Tool[] | undefined;
}

/** What answering needs from outside. */
export interface ReplyServices extends ComposeServices {
	/** Sends; the address that a text goes out from is the turn's `sender`. */
	sms: SmsSender;
}
