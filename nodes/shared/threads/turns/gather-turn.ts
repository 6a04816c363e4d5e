import { isoTime, type Clock } from '../../messaging/clock';
import type { Message } from '../../messaging/message';
import type { OpenThreadStore, Thread } from '../thread-store';
import { textsWithoutRun } from './unanswered';

/** How long to wait for more texts before a run starts. */
export interface BurstPolicy {
	/** Milliseconds without a further text; 0 starts a run for every text at once. */
	quietMs: number;
	/** Milliseconds after the turn's first text at the latest. */
	maxWaitMs: number;
	/** Texts at which nobody waits any longer. */
	maxTexts: number;
}

export interface Turn {
	/** What the contact wrote since the last run, oldest first; at least one. */
	texts: Message[];
	thread: Thread;
}

interface GatherDeps {
	store: OpenThreadStore;
	clock: Clock;
}

/** More than any burst, and enough to find the mark of the last run. */
export const TURN_MESSAGES = 50;

/**
 * Waits until the contact pauses and then takes the turn for this one caller. Every text of a burst
 * waits like this; only the caller of the newest one gets the turn, the others get undefined. Texts
 * whose caller died before it took them go along with the next.
 *
 * @param messageSid the caller's text, which is in the store already.
 */
export async function gatherTurn(
	{ store, clock }: GatherDeps,
	threadId: string,
	messageSid: string,
	policy: BurstPolicy,
): Promise<Turn | undefined> {
	for (;;) {
		const thread = await store.threads.read(threadId, TURN_MESSAGES);
		const texts = textsWithoutRun(thread);
		const newest = texts.at(-1);
		// Taken by another, or a newer text's caller is waiting and will take this one along.
		if (newest?.messageSid !== messageSid) return undefined;

		const wait = dueAt(texts, policy) - clock.now();
		if (wait > 0) {
			await clock.sleep(wait);
			continue;
		}
		if (await takeTurn({ store, clock }, thread, messageSid)) return { texts, thread };
	}
}

function dueAt(texts: readonly Message[], { quietMs, maxWaitMs, maxTexts }: BurstPolicy): number {
	if (texts.length >= maxTexts) return 0;
	const at = (text: Message | undefined) => (text ? Date.parse(text.at) : 0);
	return Math.min(at(texts.at(-1)) + quietMs, at(texts[0]) + maxWaitMs);
}

/** Marks the turn as taken, unless somebody else has moved the mark since the thread was read. */
async function takeTurn(
	{ store, clock }: GatherDeps,
	thread: Thread,
	messageSid: string,
): Promise<boolean> {
	const takenAt = isoTime(clock);
	let taken = false;
	await store.threads.changeState(thread.threadId, (state) => {
		taken = state.takenThrough === thread.state.takenThrough;
		return taken ? { ...state, takenThrough: messageSid, takenAt } : state;
	});
	return taken;
}
