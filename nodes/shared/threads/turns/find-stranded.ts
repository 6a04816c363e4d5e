import type { Message } from '../../messaging/message';
import { parseThreadId } from '../../messaging/thread-id';
import {
	NEWEST_MESSAGES,
	type OpenThreadStore,
	type Thread,
	type ThreadServices,
	type ThreadState,
} from '../thread-store';
import { RUN_STARTS_WITHIN_MS } from '../timing';
import { isAtWork } from './thread-lease';
import { textsWithOpenRun, textsWithoutRun } from './unanswered';

/** What to look for, and how far back. */
export interface StrandedQuery {
	accountSid: string;
	/** Whose texts start a run. */
	agentIds: readonly string[];
	/** Milliseconds since 1970; threads that were last written to before are left alone. */
	since: number;
	/** Milliseconds that a text without a run must be old: somebody may be waiting with it for more texts. */
	waitingMs: number;
	/** Whether every run ends with a reply or the word that there is none, so that one without died. */
	runsEnd: boolean;
	/** This process, as `startedBy` has it, where it runs itself what it starts; undefined where workers do. */
	here: string | undefined;
}

/**
 * A text that ends n8n itself would do so for ever. But while n8n is restarted again and again, for
 * whatever cause, a run has often no time even to wait for the hold of the one before.
 */
const MOST_TIMES = 10;
const PAGE = 100;
/** The newest ones of the account. */
const MOST_THREADS = 1_000;

/**
 * The newest text of each thread whose texts wait for a run in vain: the process that took them in,
 * or the run that was to answer them, has died. Texts of a dead run are given back first, ten times at
 * most, so that whoever hands the newest one in again gets the turn. Rejects with StoreUnavailableError.
 *
 * A run that waits in n8n's queue looks like one that died. It is taken for dead where the process
 * that had it in its hands is gone, or where the queue, which is worked off in order, has come to
 * the run of a turn that was started a good while after it.
 *
 * @param leftOpen is told of each run that is neither over nor known to have died: when the thread
 *   was last written to, in milliseconds since 1970.
 */
export async function* findStranded(
	services: ThreadServices,
	query: StrandedQuery,
	leftOpen: (lastWrittenAt: number) => void = () => {},
): AsyncGenerator<{ threadId: string; text: Message }> {
	const queue = new Queue(query.here);
	const doubtful: string[] = [];
	for await (const threadId of recentThreads(services.store, query)) {
		const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
		const waiting = textsWithoutRun(thread).at(-1);
		if (waiting && services.clock.now() - Date.parse(waiting.at) >= query.waitingMs) {
			yield { threadId, text: waiting };
		}
		if (!query.runsEnd) continue;
		const { length: open } = textsWithOpenRun(thread);
		if (open > 0 && !(await isAtWork(services, thread))) {
			if (!waiting) doubtful.push(threadId);
			// Of several, an earlier turn's run may be at work while the last one's still waits.
		} else if (open <= 1) queue.hasReached(thread);
	}
	for (const threadId of doubtful) {
		const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
		const open = textsWithOpenRun(thread);
		const text = open.at(-1);
		// Since it was first looked at, it may have ended, or a newer text may have come.
		if (text === undefined || textsWithoutRun(thread).length > 0) continue;
		if (isGivenUp(thread.state)) continue;
		if (!(await runHasDied(services, thread, queue))) leftOpen(lastWrittenAt(thread));
		else if (await giveBack(services.store, thread, open)) yield { threadId, text };
	}
}

async function* recentThreads(
	{ threads }: OpenThreadStore,
	{ accountSid, agentIds, since }: StrandedQuery,
): AsyncGenerator<string> {
	let cursor: string | undefined;
	for (let seen = 0; seen < MOST_THREADS; seen += PAGE) {
		const query = { prefix: `${accountSid}:`, limit: PAGE, since };
		const page = await threads.list({ ...query, ...(cursor ? { cursor } : {}) });
		for (const { threadId } of page.threads) {
			if (agentIds.includes(parseThreadId(threadId)?.agentId ?? '')) yield threadId;
		}
		cursor = page.cursor;
		if (cursor === undefined) return;
	}
}

/** How far n8n has come with the runs that it was handed: it works them off in order. */
class Queue {
	/** Milliseconds since 1970, by process; by none where all share one queue. */
	private readonly reached = new Map<string, number>();

	constructor(private readonly here: string | undefined) {}

	/** The run of the thread's last turn has begun. */
	hasReached({ messages, state }: Thread): void {
		const { startedThrough, startedAt, givenBackThrough } = state;
		const at = Date.parse(startedAt ?? '');
		const isShown = messages.some(({ messageSid }) => messageSid === startedThrough);
		// A turn that was handed in again may have been ended by its former run.
		if (!isShown || Number.isNaN(at) || startedThrough === givenBackThrough) return;
		const lane = this.laneOf(state);
		this.reached.set(lane, Math.max(at, this.reached.get(lane) ?? 0));
	}

	/** Whether the run of the turn cannot be in it any more. */
	hasLost(state: ThreadState): boolean {
		if (this.here !== undefined && state.startedBy !== this.here) return true;
		const reached = this.reached.get(this.laneOf(state)) ?? 0;
		return reached - Date.parse(state.startedAt ?? '') >= RUN_STARTS_WITHIN_MS;
	}

	private laneOf({ startedBy }: ThreadState): string {
		return this.here === undefined ? '' : (startedBy ?? '');
	}
}

function isGivenUp({ startedThrough, givenBackThrough, givenBackTimes = 0 }: ThreadState): boolean {
	return startedThrough === givenBackThrough && givenBackTimes >= MOST_TIMES;
}

async function runHasDied(
	{ store, clock }: ThreadServices,
	thread: Thread,
	queue: Queue,
): Promise<boolean> {
	const startedAt = Date.parse(thread.state.startedAt ?? '');
	if (clock.now() - startedAt < RUN_STARTS_WITHIN_MS) return false;
	return queue.hasLost(thread.state) && !(await isAtWork({ store }, thread));
}

function lastWrittenAt({ messages }: Thread): number {
	return Date.parse(messages.at(-1)?.at ?? '');
}

/** Writes down that no run started with these texts; false where another has started, or this one ended, since. */
async function giveBack(
	{ threads }: OpenThreadStore,
	{ threadId, messages, state }: Thread,
	texts: readonly Message[],
): Promise<boolean> {
	const before = messages[messages.findIndex((message) => message === texts[0]) - 1];
	let given = false;
	const change = (current: ThreadState): ThreadState => {
		given =
			current.startedThrough === state.startedThrough &&
			current.endedThrough === state.endedThrough;
		if (!given) return current;
		const { startedThrough: givenBackThrough, ...others } = current;
		// When and where is told of a run that is to be answered for; this one is not any more.
		delete others.startedAt;
		delete others.startedBy;
		const again = givenBackThrough === current.givenBackThrough;
		const times = again ? (current.givenBackTimes ?? 0) : 0;
		return {
			...others,
			...(before && { startedThrough: before.messageSid }),
			...(givenBackThrough && { givenBackThrough, givenBackTimes: times + 1 }),
		};
	};
	await threads.changeState(threadId, change, state);
	return given;
}
