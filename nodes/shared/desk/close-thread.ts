import { agentOfThread } from '../contacts/agent-record';
import { isoTime } from '../messaging/clock';
import { newestUnseen, noteClosing } from '../remembering/endings';
import {
	NEWEST_MESSAGES,
	type Closed,
	type Thread,
	type ThreadServices,
} from '../threads/thread-store';
import { closedOf } from '../threads/turns/closed';
import { readKnown } from './threads';

export interface ClosedThread {
	closed: Closed;
	/** Whether it was open until now. */
	isNew: boolean;
	/** Whether what was said in it will be remembered, now that it has ended. */
	isRemembered: boolean;
	/** The trigger that looks after it, as its state names it. */
	startedFor: string | undefined;
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
	return await close(services, await readKnown(services, threadId, NEWEST_MESSAGES), by);
}

/**
 * The same for one in which nobody has said anything since the message of that SID; undefined for any
 * other, which stays as it is.
 */
export async function closeSilent(
	services: ThreadServices,
	threadId: string,
	by: string,
	lastSid: string,
): Promise<ClosedThread | undefined> {
	const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
	if (thread.messages.at(-1)?.messageSid !== lastSid) return undefined;
	return await close(services, thread, by);
}

/** What the contact writes after the thread was read opens it again at once. */
async function close(services: ThreadServices, thread: Thread, by: string): Promise<ClosedThread> {
	const { threadId } = thread;
	const agent = await agentOfThread(services, threadId);
	const said = agent?.remembers ? newestUnseen(thread) : undefined;
	const isRemembered = said !== undefined;
	const note = async () => {
		if (said) await noteClosing(services.store.records, threadId, said.messageSid);
	};
	const { startedFor } = thread.state;
	const present = closedOf(thread);
	if (present) {
		// Whoever closed it may have died before this.
		await note();
		return { closed: present, isNew: false, isRemembered, startedFor };
	}
	const through = thread.messages.at(-1)?.messageSid;
	const closed: Closed = {
		since: isoTime(services.clock),
		by,
		...(through === undefined ? {} : { through }),
	};
	await services.store.threads.changeState(threadId, (state) => ({ ...state, closed }));
	await note();
	return { closed, isNew: true, isRemembered, startedFor };
}
