import { isoTime } from '../messaging/clock';
import { NEWEST_MESSAGES, type Closed, type ThreadServices } from '../threads/thread-store';
import { closedOf } from '../threads/turns/closed';
import { readKnown } from './threads';

export interface ClosedThread {
	closed: Closed;
	/** Whether it was open until now. */
	isNew: boolean;
}

/**
 * Closes a conversation until the contact writes again; one that is closed already stays as it was
 * closed. Its texts stay, and so does who speaks in it. Throws as `readKnown`; rejects with
 * StoreUnavailableError.
 */
export async function closeThread(
	services: ThreadServices,
	threadId: string,
	by: string,
): Promise<ClosedThread> {
	const thread = await readKnown(services, threadId, NEWEST_MESSAGES);
	const present = closedOf(thread);
	if (present) return { closed: present, isNew: false };
	const through = thread.messages.at(-1)?.messageSid;
	const closed: Closed = {
		since: isoTime(services.clock),
		by,
		...(through === undefined ? {} : { through }),
	};
	await services.store.threads.changeState(threadId, (state) => ({ ...state, closed }));
	return { closed, isNew: true };
}
