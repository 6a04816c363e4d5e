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
	services: ThreadServices,
	query: StrandedQuery,
): AsyncGenerator<{ threadId: string; text: Message }> {
	for await (const threadId of recentThreads(services.store, query)) {
		const text = await strandedTextOf(services, threadId, query);
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
	services: ThreadServices,
	threadId: string,
	{ waitingMs, runsEnd }: StrandedQuery,
): Promise<Message | undefined> {
	const { store, clock } = services;
	const thread = await store.threads.read(threadId, NEWEST_MESSAGES);
	const waiting = textsWithoutRun(thread).at(-1);
	if (waiting) return clock.now() - Date.parse(waiting.at) >= waitingMs ? waiting : undefined;

	const open = runsEnd ? textsWithOpenRun(thread) : [];
	const died = open.length > 0 && (await runHasDied(services, thread));
	return died && (await giveBack(store, thread, open)) ? open.at(-1) : undefined;
}

async function runHasDied({ store, clock }: ThreadServices, thread: Thread): Promise<boolean> {
	const { startedThrough, startedAt, givenBackThrough, givenBackTimes = 0 } = thread.state;
	if (startedThrough === givenBackThrough && givenBackTimes >= MOST_TIMES) return false;
	if (clock.now() - Date.parse(startedAt ?? '') < RUN_STARTS_WITHIN_MS) return false;
	return !(await isThreadLeased({ store }, thread.threadId));
}

/** Writes down that no run started with these texts; false where another has started since. */
async function giveBack(
	{ threads }: OpenThreadStore,
	{ threadId, messages, state }: Thread,
	texts: readonly Message[],
): Promise<boolean> {
	const before = messages[messages.findIndex((message) => message === texts[0]) - 1];
	let given = false;
	const change = (current: ThreadState): ThreadState => {
		given = current.startedThrough === state.startedThrough;
		if (!given) return current;
		const { startedThrough: givenBackThrough, ...others } = current;
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
