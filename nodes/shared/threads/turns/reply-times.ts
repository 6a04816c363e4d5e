import type { Message } from '../../messaging/message';
import type { Thread, ThreadState, ThreadStore } from '../thread-store';

/** As many as may be permitted in an hour. */
const MOST_TIMES = 100;

/**
 * The state of a thread that counts its replies: once not all of it is to be seen, some may not be, and
 * count against the replies of the hour all the same. One that is seen whole shows them itself.
 */
export function counting(thread: Thread, state: ThreadState): ThreadState {
	if (isWhole(thread) || state.repliedAt) return state;
	return { ...state, repliedAt: timesIn(thread.messages).slice(-MOST_TIMES) };
}

/** Counts the thread's newest message as a reply. Rejects with StoreUnavailableError. */
export async function countReply(threads: ThreadStore, thread: Thread): Promise<void> {
	if (isWhole(thread)) return;
	const { threadId, messages, state: known } = thread;
	const newest = timesIn(messages).slice(-1);
	await threads.changeState(
		threadId,
		(state) => {
			if (!state.repliedAt) return counting(thread, state);
			return { ...state, repliedAt: [...state.repliedAt, ...newest].slice(-MOST_TIMES) };
		},
		known,
	);
}

function isWhole({ messages, keptMessages, droppedMessages }: Thread): boolean {
	return droppedMessages === 0 && keptMessages === messages.length;
}

/**
 * How many of our texts went out between the two times, in milliseconds since 1970: as many as the
 * thread shows or, where that is more, has counted.
 */
export function repliesBetween({ messages, state }: Thread, from: number, to: number): number {
	const [shown = 0, counted = 0] = [timesIn(messages), state.repliedAt ?? []].map(
		(times) => times.filter((at) => at >= from && at <= to).length,
	);
	return Math.max(shown, counted);
}

function timesIn(messages: readonly Message[]): number[] {
	return messages.filter(({ author }) => author === 'agent').map(({ at }) => Date.parse(at));
}
