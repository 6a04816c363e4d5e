import { agentOfThread } from '../contacts/agent-record';
import { isoTime } from '../messaging/clock';
import { newestUnseen, noteClosing } from '../remembering/endings';
import {
	NEWEST_MESSAGES,
	type Closed,
	type Thread,
	type ThreadServices,
	type ThreadState,
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
 * closed. Its texts stay, and so does a person who has it. It begins anew with its own agent: a task is
 * over, and another agent, whom the contact was passed on to, speaks no more. Throws as `readKnown`;
 * rejects with StoreUnavailableError.
 */
export async function closeThread(
	services: ThreadServices,
	threadId: string,
	by: string,
): Promise<ClosedThread> {
	const doneAt = isoTime(services.clock);
	const over = (state: ThreadState) => withOwnAgent(state, doneAt);
	return await close(services, await readKnown(services, threadId, NEWEST_MESSAGES), by, over);
}

function withOwnAgent(state: ThreadState, doneAt: string): ThreadState {
	const { task } = state;
	const isOn = task !== undefined && task.doneAt === undefined;
	const own = isOn ? { ...state, task: { ...task, doneAt } } : { ...state };
	delete own.passed;
	return own;
}

/**
 * The same for one in which nobody has said anything since the message of that SID; undefined for any
 * other, which stays as it is. Nobody has said that anything is over: a contact who answers late is still
 * with the same agent, and on its task.
 */
export async function closeSilent(
	services: ThreadServices,
	threadId: string,
	by: string,
	lastSid: string,
): Promise<ClosedThread | undefined> {
	const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
	if (thread.messages.at(-1)?.messageSid !== lastSid) return undefined;
	return await close(services, thread, by, (state) => state);
}

/** What the contact writes after the thread was read opens it again at once. */
async function close(
	services: ThreadServices,
	thread: Thread,
	by: string,
	over: (state: ThreadState) => ThreadState,
): Promise<ClosedThread> {
	const { threadId } = thread;
	const agent = await agentOfThread(services, threadId);
	const said = agent?.remembers ? newestUnseen(thread) : undefined;
	const isRemembered = said !== undefined;
	const note = async () => {
		if (said) await noteClosing(services.store.records, threadId, said.messageSid);
	};
	const { threads } = services.store;
	const { startedFor, passed, task } = thread.state;
	const present = closedOf(thread);
	if (present) {
		// Whoever closed it may have died before this.
		if (passed ?? task) await threads.changeState(threadId, over);
		await note();
		return { closed: present, isNew: false, isRemembered, startedFor };
	}
	const through = thread.messages.at(-1)?.messageSid;
	const closed: Closed = {
		since: isoTime(services.clock),
		by,
		...(through === undefined ? {} : { through }),
	};
	await threads.changeState(threadId, (state) => ({ ...over(state), closed }));
	await note();
	return { closed, isNew: true, isRemembered, startedFor };
}
