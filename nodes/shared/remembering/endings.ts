import { isoTime } from '../messaging/clock';
import type { Message } from '../messaging/message';
import { hasPassed } from '../threads/has-passed';
import { recordKeys } from '../threads/record-keys';
import type { RecordStore } from '../threads/record-store';
import type { Begun, Ending, Thread, ThreadServices, ThreadState } from '../threads/thread-store';
import { RUN_STARTS_WITHIN_MS } from '../threads/timing';
import { standingOf } from '../threads/turns/turn-standing';
import { textsAfter } from '../threads/turns/unanswered';

/**
 * The end of a conversation is known by the contact's newest text in it. It is handed to a run, which
 * remembers what was said; until that is written down it is handed out again, a few times.
 */

/** Milliseconds after which what nothing came of is handed to a run again; after the last it is left. */
export const AGAIN_MS = [10 * 60_000, 60 * 60_000, 6 * 60 * 60_000] as const;
/** A turn that is not over by then never will be. */
const TURN_ENDS_WITHIN_MS = 24 * 60 * 60_000;
/** Until then a turn that is not over is looked at again. */
export const TURN_AGAIN_MS = 60_000;

export type EndStanding =
	/** The contact has said nothing that was not seen to. */
	| { kind: 'nothing' }
	/** Not before this time, in milliseconds since 1970. */
	| { kind: 'later'; at: number }
	/** To be handed to a run, with the contact's newest text. */
	| { kind: 'due'; text: Message }
	/** It was, as often as it may be, and nothing came of it. */
	| { kind: 'givenUp'; text: Message };

/** The contact's newest text that nobody has seen to as an end; undefined where there is none. */
export function newestUnseen({ messages, state }: Pick<Thread, 'messages' | 'state'>) {
	const { doneThrough } = state.ending ?? {};
	return textsAfter(messages, doneThrough === undefined ? [] : [doneThrough]).at(-1);
}

/**
 * Whether the conversation has ended, as the thread is now.
 *
 * @param silentMs milliseconds without a text of anybody; 0 for one that was closed, Infinity for one
 *   that only closing ends.
 */
export function endStandingOf(thread: Thread, silentMs: number, now: number): EndStanding {
	const text = newestUnseen(thread);
	if (text === undefined) return { kind: 'nothing' };
	const lastAt = Date.parse(thread.messages.at(-1)?.at ?? '');
	if (!hasPassed(lastAt, silentMs, now)) return { kind: 'later', at: lastAt + silentMs };
	if (isBeingAnswered(thread, text, now)) return { kind: 'later', at: now + TURN_AGAIN_MS };
	const { begun } = thread.state.ending ?? {};
	if (begun?.through !== text.messageSid) return { kind: 'due', text };
	const waitMs = AGAIN_MS[begun.times - 1] ?? 0;
	const at = Date.parse(begun.at);
	if (!hasPassed(at, waitMs, now)) return { kind: 'later', at: at + waitMs };
	return begun.times < AGAIN_MS.length ? { kind: 'due', text } : { kind: 'givenUp', text };
}

/** Whether somebody is about to answer the contact. */
export function isBeingAnswered(thread: Thread, text: Message, now: number): boolean {
	const standing = standingOf(thread);
	switch (standing.kind) {
		case 'settled':
			return false;
		case 'withoutRun':
		case 'retry':
			return !hasPassed(Date.parse(text.at), TURN_ENDS_WITHIN_MS, now);
		case 'running':
			// One that may end without a word stays like this.
			return !hasPassed(standing.startedAt, RUN_STARTS_WITHIN_MS, now);
	}
}

/**
 * Writes down that the end is handed to a run; resolves to whether it is ours to hand out. Rejects with
 * StoreUnavailableError.
 */
export async function beginEnding(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	thread: Thread,
	through: string,
): Promise<boolean> {
	const at = isoTime(services.clock);
	return await changeAsRead(services, thread, 'ending', (ending) => ({
		...ending,
		begun: begunOnceMore(ending?.begun, through, at),
	}));
}

/** The times that it was handed out for the same text, with this one. */
export function begunOnceMore(begun: Begun | undefined, through: string, at: string): Begun {
	return { through, at, times: begun?.through === through ? begun.times + 1 : 1 };
}

/**
 * Changes one part of a thread's state, where it still is as the caller has read it; resolves to whether
 * it was. Rejects with StoreUnavailableError.
 */
export async function changeAsRead<Part extends 'ending' | 'idle'>(
	{ store }: Pick<ThreadServices, 'store'>,
	{ threadId, state: known }: Thread,
	part: Part,
	next: (present: ThreadState[Part]) => ThreadState[Part],
): Promise<boolean> {
	const before = JSON.stringify(known[part]);
	let isOurs = false;
	await store.threads.changeState(
		threadId,
		(state) => {
			isOurs = JSON.stringify(state[part]) === before;
			return isOurs ? { ...state, [part]: next(state[part]) } : state;
		},
		known,
	);
	return isOurs;
}

/**
 * Writes down that the end was seen to, for good: nobody hands it out again. A thread that was deleted
 * meanwhile stays so. Rejects with StoreUnavailableError.
 */
export async function settleEnding(
	{ store }: Pick<ThreadServices, 'store'>,
	{ threadId, messages }: Thread,
	through: string,
): Promise<void> {
	const doneAt = messages.at(-1)?.at;
	const ending: Ending = { doneThrough: through, ...(doneAt === undefined ? {} : { doneAt }) };
	const { keptMessages } = await store.threads.read(threadId, 1);
	if (keptMessages > 0) {
		await store.threads.changeState(threadId, (state): ThreadState => {
			if (state.ending?.doneThrough === through && !state.ending.begun) return state;
			// A newer end may have been handed out.
			const { begun } = state.ending ?? {};
			const isNewer = begun !== undefined && begun.through !== through;
			return { ...state, ending: { ...ending, ...(isNewer ? { begun } : {}) } };
		});
	}
	await forgetClosing(store.records, threadId, through);
}

/**
 * Asks for a thread that was closed to be remembered, where nobody waits for its silence. Rejects with
 * StoreUnavailableError.
 */
export async function noteClosing(
	records: RecordStore,
	threadId: string,
	through: string,
): Promise<void> {
	await records.change(recordKeys.closing(threadId), () => ({ through }));
}

/** Unless the thread was closed again since, after a newer text. */
export async function forgetClosing(
	records: RecordStore,
	threadId: string,
	through: string,
): Promise<void> {
	await records.change(recordKeys.closing(threadId), (present) =>
		present?.['through'] === through ? undefined : present,
	);
}
