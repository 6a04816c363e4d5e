import type { Message } from '../../messaging/message';
import { parseThreadId } from '../../messaging/thread-id';
import type { StoreUnavailableError } from '../thread-store';
import {
	NEWEST_MESSAGES,
	apartFromOthers,
	type OpenThreadStore,
	type Thread,
	type ThreadServices,
	type ThreadSummary,
} from '../thread-store';
import { hasPassed, isOfFuture } from '../has-passed';
import { LEASE_HOLD_MS, LONGEST_RETRY_MS, RUN_STARTS_WITHIN_MS } from '../timing';
import { giveTurnBack } from './give-turn-back';
import { LookPlan, type Due, type OpenTurns, type RunLife } from './look-plan';
import { modelRetryOf, ModelWatch } from './model-watch';
import { signOfRun } from './thread-lease';
import { standingOf, type TurnStanding } from './turn-standing';
import { answeredSids } from './unanswered';

/** Whose turns to look after. */
export interface WatchedTurns {
	accountSid: string;
	/** Whose texts start a run. */
	agentIds: readonly string[];
	/** Milliseconds that a text without a run must be old: somebody may be waiting with it for more texts. */
	waitingMs: number;
	/** Whether every run ends with a reply or the word that there is none, so that one without died. */
	runsEnd: boolean;
	/** This process, as `startedBy` has it, where it runs itself what it starts; undefined where workers do. */
	here: string | undefined;
	/** Names the trigger. */
	trigger: string;
	/** Told of each thread that the store cannot read; the others are looked after all the same. */
	unreadable: (error: StoreUnavailableError) => void;
}

/** How far n8n has come with the runs that it was handed: it works them off in order. */
export interface RunQueue {
	/** What was handed over by then has begun, or is lost. Milliseconds since 1970; undefined where nobody knows. */
	reached(): Promise<number | undefined>;
	/** Finds out how far it has come by now, in a while; `reached` tells then. */
	ask(): Promise<void>;
}

/** A turn that is to be handed to a run, with its newest text. No run counts as started with it. */
export interface DueTurn {
	thread: Thread;
	text: Message;
}

/** The first look of a process goes back this far: n8n may have been down, but an answer has its time. */
const LOOK_BACK_MS = 24 * 60 * 60_000;
/** Threads that were written to so long before the last look are looked at again. */
const OVERLAP_MS = 10 * 60_000;
/** A run that may end without a word is watched so long for a retry. */
const SILENT_MS = 2 * 60 * 60_000;
/** The trigger that a turn came to looks after it; where that is gone, another of the agent does after so long. */
const OTHERS_HAVE_MS = 15 * 60_000;
/** What could not be read may have been mended. */
const UNREADABLE_MS = 60_000;
const PAGE = 100;
/** The newest ones of the account. */
const MOST_THREADS = 20_000;

type Seen = { print: string; silentSince: number | undefined };

/**
 * Looks after the turns of one trigger: finds those whose texts wait in vain, as the process that took
 * them in or the run that was to answer them has died, and those that are to be tried again.
 *
 * A run that waits in n8n's queue looks like one that died. It is taken for dead where the process
 * that had it in its hands is gone, where it has let go of the thread without an end, or where the
 * queue has come further.
 */
export class TurnWatch {
	/** Milliseconds since 1970. */
	private since: number | undefined;
	/** Threads of which there is nothing to be learned while they stay as they are. */
	private seen = new Map<string, Seen>();
	/** What a run has left behind tells of one death. By thread. */
	private readonly counted = new Map<string, string>();
	private readonly model = new ModelWatch();

	/**
	 * Hands in what is due, one after the other, until the signal ends it. Rejects with
	 * StoreUnavailableError, or as `handIn` does.
	 */
	async look(
		services: ThreadServices,
		asked: WatchedTurns,
		queue: RunQueue,
		handIn: (turn: DueTurn) => Promise<void>,
	): Promise<OpenTurns> {
		const now = services.clock.now();
		const plan = new LookPlan(now);
		const watched: WatchedTurns = {
			...asked,
			unreadable: (error) => {
				plan.lookBy(now + UNREADABLE_MS);
				asked.unreadable(error);
			},
		};
		const open = await this.openTurns(services, watched, now);
		const found = open.filter((turn) => {
			const from = oursFrom(turn, watched, now);
			if (from > now) plan.lookBy(from);
			return from <= now;
		});
		let reached: Promise<number | undefined> | undefined;
		const hasReached = async () => await (reached ??= queue.reached());
		for (const turn of found) {
			await apartFromOthers(
				watched.unreadable,
				async () => await this.judge(services, watched, hasReached, turn, plan),
			);
		}
		if (plan.doubtful > 0) await queue.ask();

		this.model.choose(now, found, plan);
		for (const { threadId, why } of plan.due) {
			if (services.signal?.aborted) break;
			const turn = await apartFromOthers(
				watched.unreadable,
				async () => await this.takeUp(services, watched, threadId, why),
			);
			if (turn) await handIn(turn);
		}
		// What was handed in now has a run of which the next look will tell.
		if (plan.due.length > 0) plan.lookBy(now + LEASE_HOLD_MS);
		return plan.told();
	}

	/** Those that are not over, as they are when they are read. */
	private async openTurns(
		{ store }: ThreadServices,
		watched: WatchedTurns,
		now: number,
	): Promise<OpenTurn[]> {
		const seen = new Map<string, Seen>();
		const found: OpenTurn[] = [];
		let openSince = now;
		const reached = Math.min(this.since ?? 0, now - OVERLAP_MS);
		const since = Math.max(now - LOOK_BACK_MS, reached);
		// It may be mended, and must be found then.
		const unreadable = (error: StoreUnavailableError) => {
			openSince = Math.min(openSince, since);
			watched.unreadable(error);
		};
		for await (const summary of recentThreads(store, { ...watched, unreadable }, since)) {
			const { threadId } = summary;
			const print = printOf(summary);
			const known = this.seen.get(threadId);
			if (known?.print === print) {
				seen.set(threadId, known);
				if (!hasPassed(known.silentSince ?? 0, SILENT_MS, now)) {
					openSince = Math.min(openSince, lastWrittenAt(summary.lastMessageAt, now));
				}
				continue;
			}
			const thread = await apartFromOthers(
				unreadable,
				async () => await store.threads.read(threadId, NEWEST_MESSAGES),
			);
			if (thread === undefined) continue;
			this.model.hear(threadId, answeredSids(thread.messages));
			const standing = standingOf(thread);
			if (standing.kind === 'settled') {
				seen.set(threadId, { print, silentSince: undefined });
				this.counted.delete(threadId);
				continue;
			}
			const isSilent =
				standing.kind === 'running' &&
				hasPassed(standing.startedAt, RUN_STARTS_WITHIN_MS, now) &&
				!(watched.runsEnd && !thread.state.mayEndSilently);
			found.push({ thread, standing, isSilent });
			openSince = Math.min(openSince, lastWrittenAt(summary.lastMessageAt, now));
			if (isSilent) seen.set(threadId, { print, silentSince: standing.startedAt });
		}
		this.seen = seen;
		this.since = Math.min(now - OVERLAP_MS, openSince);
		return found;
	}

	/** Whether it is due, and by when to look at it again. */
	private async judge(
		services: ThreadServices,
		watched: WatchedTurns,
		hasReached: RunQueue['reached'],
		{ thread, standing, isSilent }: OpenTurn,
		plan: LookPlan,
	): Promise<void> {
		const { threadId } = thread;
		switch (standing.kind) {
			case 'settled':
				return;
			case 'withoutRun':
				plan.at(threadId, 'withoutRun', Date.parse(standing.text.at) + watched.waitingMs);
				return;
			case 'retry':
				if (!modelRetryOf(standing)) plan.sendAt(threadId, Date.parse(standing.retry.at));
				return;
			case 'running': {
				const life = await this.lifeOf(
					services,
					watched,
					hasReached,
					thread,
					standing,
					plan,
				);
				if (life === 'dead') plan.at(threadId, 'died', plan.now);
				// It may have ended as it should.
				else if (life !== 'unknown' || !isSilent) plan.watch(life, standing.startedAt);
			}
		}
	}

	private async lifeOf(
		services: ThreadServices,
		watched: WatchedTurns,
		hasReached: RunQueue['reached'],
		thread: Thread,
		{ startedAt }: { startedAt: number },
		{ now }: LookPlan,
	): Promise<RunLife> {
		// Who has taken the thread's lease since then still holds it, dead or alive.
		if (!hasPassed(startedAt, LEASE_HOLD_MS, now)) return 'young';
		const sign = await signOfRun(services, thread);
		if (sign.kind === 'atWork') return 'atWork';
		if (sign.kind === 'left' && this.counted.get(thread.threadId) !== sign.trace) return 'dead';
		if (!hasPassed(startedAt, RUN_STARTS_WITHIN_MS, now)) return 'young';
		if (!watched.runsEnd || thread.state.mayEndSilently) return 'unknown';
		if (watched.here !== undefined && thread.state.startedBy !== watched.here) return 'dead';
		const reached = await hasReached();
		return reached !== undefined && startedAt <= reached ? 'dead' : 'unknown';
	}

	/** The turn as it is now, with no run; undefined where somebody has dealt with it meanwhile. */
	private async takeUp(
		services: ThreadServices,
		watched: WatchedTurns,
		threadId: string,
		why: Due['why'],
	): Promise<DueTurn | undefined> {
		const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
		const standing = standingOf(thread);
		const expected = { withoutRun: 'withoutRun', died: 'running', retry: 'retry' }[why];
		if (standing.kind === 'settled' || standing.kind !== expected) return undefined;
		const { text } = standing;
		const sign = await signOfRun(services, thread);
		if (sign.kind === 'left') this.counted.set(threadId, sign.trace);
		if (standing.kind === 'withoutRun') {
			const came = Date.parse(text.at);
			const isDue = hasPassed(came, watched.waitingMs, services.clock.now());
			return isDue ? { thread, text } : undefined;
		}
		if (sign.kind === 'atWork') return undefined;
		const state = await giveTurnBack(
			services,
			thread,
			standing.texts,
			standing.kind === 'retry' ? 'retry' : 'died',
		);
		return state && { thread: { ...thread, state }, text };
	}
}

/** From when on we look after a turn; milliseconds since 1970. */
function oursFrom(
	{ thread: { state }, standing }: OpenTurn,
	{ trigger }: Pick<WatchedTurns, 'trigger'>,
	now: number,
): number {
	if (state.startedFor === undefined || state.startedFor === trigger) return 0;
	switch (standing.kind) {
		case 'retry': {
			const at = Date.parse(standing.retry.at);
			return isOfFuture(at - LONGEST_RETRY_MS, now) ? 0 : at + OTHERS_HAVE_MS;
		}
		case 'running': {
			const { startedAt } = standing;
			return isOfFuture(startedAt, now) ? 0 : startedAt + OTHERS_HAVE_MS;
		}
		default:
			return 0;
	}
}

interface OpenTurn {
	thread: Thread;
	standing: TurnStanding;
	/** It may have ended without a word. */
	isSilent: boolean;
}

/** Threads of the agents that were written to since then, the newest first; the newest of the account. */
export async function* recentThreads(
	{ threads }: OpenThreadStore,
	{
		accountSid,
		agentIds,
		unreadable,
	}: Pick<WatchedTurns, 'accountSid' | 'agentIds' | 'unreadable'>,
	since: number,
): AsyncGenerator<ThreadSummary> {
	let cursor: string | undefined;
	for (let seen = 0; seen < MOST_THREADS; seen += PAGE) {
		const query = { prefix: `${accountSid}:`, limit: PAGE, since };
		const page = await threads.list({ ...query, ...(cursor ? { cursor } : {}) });
		for (const error of page.unreadable ?? []) unreadable(error);
		for (const summary of page.threads) {
			const { agentId = '' } = parseThreadId(summary.threadId) ?? {};
			if (agentIds.includes(agentId)) yield summary;
		}
		cursor = page.cursor;
		if (cursor === undefined) return;
	}
}

/** The same for as long as nothing has happened in the thread that could matter here. */
function printOf({ keptMessages, lastMessageAt, state }: ThreadSummary): string {
	const { startedThrough, startedAt, endedThrough, retry } = state;
	return [keptMessages, lastMessageAt, startedThrough, startedAt, endedThrough, retry?.at].join();
}

function lastWrittenAt(lastMessageAt: string, now: number): number {
	return Date.parse(lastMessageAt) || now;
}
