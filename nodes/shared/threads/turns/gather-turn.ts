import { isoTime } from '../../messaging/clock';
import type { Message } from '../../messaging/message';
import {
	NEWEST_MESSAGES,
	type Thread,
	type ThreadServices,
	type ThreadState,
} from '../thread-store';
import { counting } from './reply-times';
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

/** What is written down with the start of a turn, for whoever looks whether its run is still alive. */
export interface TurnStart {
	/** The process that hands it to a run. */
	startedBy?: string;
	/** The trigger that it came to. */
	startedFor?: string;
	/** The run may rightly end without a reply and without the word that there is none. */
	mayEndSilently?: boolean;
}

/** For a contact who has waited long enough: nobody waits for more texts. */
export const AT_ONCE: BurstPolicy = { quietMs: 0, maxWaitMs: 0, maxTexts: 1 };

export interface Turn {
	/** What the contact wrote since the last run, oldest first; at least one. */
	texts: Message[];
	thread: Thread;
}

/**
 * Waits until the contact pauses and then starts the turn for this one caller. Every text of a burst
 * waits like this; only the caller of the newest one gets the turn, the others get undefined. Texts
 * whose caller died before it started a run go along with the next.
 *
 * @param written the thread's newest messages, as they were when the caller's text was written down.
 * @param messageSid the caller's text.
 */
export async function gatherTurn(
	{ store, clock }: ThreadServices,
	written: Thread,
	messageSid: string,
	policy: BurstPolicy,
	start: TurnStart = {},
): Promise<Turn | undefined> {
	let thread = written;
	const began = clock.elapsed();
	for (;;) {
		const texts = textsWithoutRun(thread);
		const newest = texts.at(-1);
		// Another has it, or the caller of a newer text is waiting and will take this one along.
		if (newest?.messageSid !== messageSid) return undefined;

		// Nobody waits longer than that, whatever times the texts bear.
		const left = policy.maxWaitMs - (clock.elapsed() - began);
		const wait = Math.min(dueAt(texts, policy) - clock.now(), policy.quietMs, left);
		if (wait > 0) await clock.sleep(wait);
		else if (await startTurn({ store, clock }, thread, messageSid, start)) {
			return { texts, thread };
		}
		thread = await store.threads.read(thread.threadId, NEWEST_MESSAGES);
	}
}

function dueAt(texts: readonly Message[], { quietMs, maxWaitMs, maxTexts }: BurstPolicy): number {
	if (texts.length >= maxTexts) return 0;
	const at = (text: Message | undefined) => (text ? Date.parse(text.at) : 0);
	return Math.min(at(texts.at(-1)) + quietMs, at(texts[0]) + maxWaitMs);
}

/** Writes down that a run starts with these texts, unless another has started since the thread was read. */
async function startTurn(
	{ store, clock }: ThreadServices,
	thread: Thread,
	messageSid: string,
	{ startedBy, startedFor, mayEndSilently = false }: TurnStart,
): Promise<boolean> {
	const { threadId, state: known } = thread;
	const mark = {
		startedThrough: messageSid,
		startedAt: isoTime(clock),
		...(startedBy === undefined ? {} : { startedBy }),
		...(startedFor === undefined ? {} : { startedFor }),
		...(mayEndSilently ? { mayEndSilently: true as const } : {}),
	};
	const begun = (state: ThreadState): ThreadState => {
		// The retry of an earlier turn is void now; it tells since when the contact has waited.
		const others = { ...state };
		delete others.mayEndSilently;
		delete others.closed;
		return { ...counting(thread, others), ...mark };
	};
	let started = false;
	await store.threads.changeState(
		threadId,
		(state) => {
			started =
				state.startedThrough === known.startedThrough &&
				state.endedThrough === known.endedThrough;
			return started ? begun(state) : state;
		},
		known,
	);
	return started;
}
