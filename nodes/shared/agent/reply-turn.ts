import type { Message } from '../messaging/message';

/** The texts that one reply answers, and whose they are. */
export interface ReplyTurn {
	threadId: string;
	agentName: string;
	/** E.164. */
	contact: string;
	/** The number or short code that was texted; the reply goes out from it. */
	sender: string;
	messagingServiceSid: string | null;
	/** Oldest first. At least one. */
	messages: Message[];
}

/** The newest text of the turn; the turn is known by its SID. */
export function newestSidOf({ messages }: ReplyTurn): string {
	return messages.at(-1)?.messageSid ?? '';
}
