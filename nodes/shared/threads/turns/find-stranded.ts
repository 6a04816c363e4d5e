import type { Clock } from '../../messaging/clock';
import type { Message } from '../../messaging/message';
import { parseThreadId } from '../../messaging/thread-id';
import { TURN_MESSAGES } from './gather-turn';
import type { OpenThreadStore, Thread } from '../thread-store';
import { isThreadLeased } from './thread-lease';
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
}

interface StrandedDeps {
	store: OpenThreadStore;
	clock: Clock;
}

/** A run that was started this long ago and works on no reply has died, or stands in a very long queue. */
const RUN_STARTS_WITHIN_MS = 60_000;
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
 */
export async function* findStranded(
	deps: StrandedDeps,
	query: StrandedQuery,
): AsyncGenerator<{ threadId: string; text: Message }> {
	for await (const threadId of recentThreads(deps.store, query)) {
		const text = await strandedTextOf(deps, threadId, query);
		if (text) yield { threadId, text };
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

async function strandedTextOf(
	deps: StrandedDeps,
	threadId: string,
	{ waitingMs, runsEnd }: StrandedQuery,
): Promise<Message | undefined> {
	const { store, clock } = deps;
	const thread = await store.threads.read(threadId, TURN_MESSAGES);
	const waiting = textsWithoutRun(thread).at(-1);
	if (waiting) return clock.now() - Date.parse(waiting.at) >= waitingMs ? waiting : undefined;

	const open = runsEnd ? textsWithOpenRun(thread) : [];
	const died = open.length > 0 && (await runHasDied(deps, thread));
	return died && (await giveBack(store, thread, open)) ? open.at(-1) : undefined;
}

async function runHasDied({ store, clock }: StrandedDeps, thread: Thread): Promise<boolean> {
	const { takenThrough, takenAt, givenBackThrough, givenBackTimes = 0 } = thread.state;
	if (takenThrough === givenBackThrough && givenBackTimes >= MOST_TIMES) return false;
	if (clock.now() - Date.parse(takenAt ?? '') < RUN_STARTS_WITHIN_MS) return false;
	return !(await isThreadLeased(store.claims, thread.threadId));
}

/** Moves the mark of the last run back before these texts; false where somebody has moved it since. */
async function giveBack(
	{ threads }: OpenThreadStore,
	{ threadId, messages, state }: Thread,
	texts: readonly Message[],
): Promise<boolean> {
	const before = messages[messages.findIndex((message) => message === texts[0]) - 1];
	let given = false;
	await threads.changeState(threadId, (current) => {
		given = current.takenThrough === state.takenThrough;
		if (!given) return current;
		const { takenThrough: givenBackThrough, ...others } = current;
		const again = givenBackThrough === current.givenBackThrough;
		const times = again ? (current.givenBackTimes ?? 0) : 0;
		return {
			...others,
			...(before && { takenThrough: before.messageSid }),
			...(givenBackThrough && { givenBackThrough, givenBackTimes: times + 1 }),
		};
	});
	return given;
}
