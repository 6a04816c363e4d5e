import type { Message } from '../../messaging/message';
import { REMEMBERED_SIDS, type Thread, type ThreadStore } from '../thread-store';

/**
 * The thread with the texts that a run was started with. The trigger has written them down, unless
 * the thread was deleted since, or is kept elsewhere; they are added where they were never there. What
 * the thread has dropped does not come back as its newest text. Rejects with StoreUnavailableError.
 */
export async function threadWithTexts(
	threads: ThreadStore,
	threadId: string,
	texts: readonly Message[],
	limit: number,
): Promise<Thread> {
	const thread = await threads.read(threadId, limit);
	const newest = texts.at(-1);
	// What came before it in the turn was written down before it, and may have been dropped since.
	if (newest === undefined || isKnown(thread, newest)) return thread;
	return (await threads.append(threadId, texts, limit)).thread;
}

/** Whether the thread has the text, or has dropped so much since that it does not know its SID any more. */
function isKnown({ messages, droppedMessages }: Thread, text: Message): boolean {
	const isForgotten = droppedMessages > REMEMBERED_SIDS;
	return messages.some(
		({ messageSid, direction, at }) =>
			messageSid === text.messageSid ||
			(isForgotten && direction === 'inbound' && Date.parse(at) >= Date.parse(text.at)),
	);
}
