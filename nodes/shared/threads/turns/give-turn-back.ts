import { isoTime } from '../../messaging/clock';
import type { Message } from '../../messaging/message';
import type { Thread, ThreadServices, ThreadState } from '../thread-store';

/**
 * A text that ends n8n itself would do so for ever. But while n8n is restarted again and again, for
 * whatever cause, a run has often no time even to wait for the hold of the one before.
 */
const MOST_TIMES = 10;

/** Whether the runs of this turn have died so often that no further one is started. */
export function isGivenUp({
	startedThrough,
	givenBackThrough,
	givenBackTimes = 0,
}: ThreadState): boolean {
	return startedThrough === givenBackThrough && givenBackTimes >= MOST_TIMES;
}

/**
 * Writes down that no run started with these texts, so that whoever hands the newest one in again
 * gets the turn. Resolves to the thread's state; undefined where another has started, or this one ended, since the thread was read.
 *
 * @param why a turn that is tried again has no run that died: it counts nothing, and keeps since when
 *   and how often it was tried.
 */
export async function giveTurnBack(
	{ store, clock }: ThreadServices,
	{ threadId, messages, state }: Thread,
	texts: readonly Message[],
	why: 'died' | 'retry',
): Promise<ThreadState | undefined> {
	const before = messages[messages.findIndex((message) => message === texts[0]) - 1];
	let given = false;
	const change = (current: ThreadState): ThreadState => {
		given =
			current.startedThrough === state.startedThrough &&
			current.endedThrough === state.endedThrough &&
			current.retry?.at === state.retry?.at;
		if (!given) return current;
		const { startedThrough, retry, ...others } = current;
		// When and where is told of a run that is to be answered for; this one is not any more.
		delete others.startedAt;
		delete others.startedBy;
		delete others.startedFor;
		delete others.mayEndSilently;
		return {
			...others,
			...(before && { startedThrough: before.messageSid }),
			...(retry && { retry: begunBefore(retry, isoTime(clock)) }),
			...(why === 'died' && startedThrough && countedBack(current, startedThrough)),
		};
	};
	const now = await store.threads.changeState(threadId, change, state);
	return given ? now : undefined;
}

/** A run that starts from now on is that of this retry, also where it comes before its time. */
function begunBefore<Retry extends { at: string }>(retry: Retry, now: string): Retry {
	return retry.at > now ? { ...retry, at: now } : retry;
}

function countedBack(
	{ givenBackThrough, givenBackTimes = 0 }: ThreadState,
	startedThrough: string,
): Pick<ThreadState, 'givenBackThrough' | 'givenBackTimes'> {
	const times = startedThrough === givenBackThrough ? givenBackTimes : 0;
	return { givenBackThrough: startedThrough, givenBackTimes: times + 1 };
}
