import type { Message } from '../messaging/message';
import { parseThreadId } from '../messaging/thread-id';
import { recordKeys } from '../threads/record-keys';
import { recordsUnder } from '../threads/record-store';
import {
	isOutage,
	NEWEST_MESSAGES,
	StoreUnavailableError,
	type Thread,
	type ThreadServices,
	type ThreadSummary,
} from '../threads/thread-store';
import { recentThreads } from '../threads/turns/open-turns';
import { beginEnding, endStandingOf, forgetClosing, settleEnding } from './endings';

/** Whose conversations to look after. */
export interface WatchedEnds {
	accountSid: string;
	/** By agent, milliseconds of silence that end a conversation; Infinity where only closing does. */
	silence: ReadonlyMap<string, number>;
	/** Told of each thread that the store cannot read; the others are looked after all the same. */
	unreadable: (error: StoreUnavailableError) => void;
}

/** A conversation that has ended, with the contact's newest text in it. */
export interface EndedThread {
	thread: Thread;
	text: Message;
	by: 'silence' | 'closing';
}

/** What ended while n8n was down is found again so long after. */
const LOOK_BACK_MS = 24 * 60 * 60_000;
/** So many runs are started in one look, each of which asks a model: when it is switched on, many have ended. */
const MOST_AT_A_TIME = 30;
/** Clocks differ: threads that were written to so long before the last look are looked at again. */
const OVERLAP_MS = 10 * 60_000;
/** What could not be read may have been mended. */
const UNREADABLE_MS = 10 * 60_000;

/**
 * Finds the conversations that have ended. A look costs what was written to since the one before it, and
 * the threads that are due; not those that go on.
 */
export class EndWatch {
	/** Milliseconds since 1970. */
	private since: number | undefined;
	/** When to look at a thread, in milliseconds since 1970. */
	private readonly due = new Map<string, number>();

	/**
	 * Hands out what has ended, one after the other, until the signal ends it. Resolves to when the next
	 * is due, in milliseconds since 1970; Infinity where none is known. Rejects with
	 * StoreUnavailableError, or as `handOut` does.
	 */
	async look(
		services: ThreadServices,
		watched: WatchedEnds,
		handOut: (ended: EndedThread) => Promise<void>,
	): Promise<number> {
		const now = services.clock.now();
		await this.hearOfTexts(services, watched, now);
		const closed = await closedThreads(services, watched);
		const isDue = [...this.due].filter(([, at]) => at <= now).map(([threadId]) => threadId);
		let handedOut = 0;
		for (const threadId of new Set([...closed.keys(), ...isDue])) {
			if (services.signal?.aborted || handedOut >= MOST_AT_A_TIME) break;
			const ended = await this.apart(
				watched,
				threadId,
				now,
				async () => await this.judge(services, watched, threadId, closed.get(threadId)),
			);
			if (!ended) continue;
			handedOut += 1;
			await handOut(ended);
		}
		// The others are due, and so is the next look.
		if (handedOut >= MOST_AT_A_TIME) return now;
		let next = Infinity;
		for (const at of this.due.values()) next = Math.min(next, at);
		return next;
	}

	/** Threads that were written to since the last look will have ended when they are silent for long enough. */
	private async hearOfTexts(
		{ store }: ThreadServices,
		{ accountSid, silence, unreadable }: WatchedEnds,
		now: number,
	): Promise<void> {
		const waits = [...silence].filter(([, ms]) => Number.isFinite(ms));
		if (waits.length === 0) return;
		const longest = Math.max(...waits.map(([, ms]) => ms));
		const since = (this.since ?? now - longest - LOOK_BACK_MS) - OVERLAP_MS;
		const agentIds = waits.map(([agentId]) => agentId);
		const asked = { accountSid, agentIds, unreadable };
		for await (const summary of recentThreads(store, asked, since)) {
			const silentMs = silence.get(agentOf(summary.threadId)) ?? Infinity;
			const at = dueAt(summary, silentMs);
			if (at === undefined) continue;
			// What is put off is put off, unless somebody has written since.
			const known = this.due.get(summary.threadId) ?? 0;
			this.due.set(summary.threadId, Math.max(at, known));
		}
		this.since = now;
	}

	private async judge(
		services: ThreadServices,
		{ silence }: WatchedEnds,
		threadId: string,
		closedThrough: string | undefined,
	): Promise<EndedThread | undefined> {
		const now = services.clock.now();
		const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
		const isClosed = closedThrough !== undefined;
		const silentMs = isClosed ? 0 : (silence.get(agentOf(threadId)) ?? Infinity);
		const standing = endStandingOf(thread, silentMs, now);
		switch (standing.kind) {
			case 'nothing':
				this.due.delete(threadId);
				if (isClosed) await forgetClosing(services.store.records, threadId, closedThrough);
				return undefined;
			case 'later':
				this.lookAt(threadId, standing.at);
				return undefined;
			case 'givenUp':
				this.due.delete(threadId);
				await settleEnding(services, thread, standing.text.messageSid);
				return undefined;
			case 'due': {
				if (isClosed && standing.text.messageSid !== closedThrough) {
					// The contact has opened it again: it ends by its silence, or when it is closed again.
					await forgetClosing(services.store.records, threadId, closedThrough);
					this.lookAt(threadId, now + (silence.get(agentOf(threadId)) ?? Infinity));
					return undefined;
				}
				const isOurs = await beginEnding(services, thread, standing.text.messageSid);
				// As it stands then, it says itself when it is to be looked at again.
				this.lookAt(threadId, now + OVERLAP_MS);
				const by = isClosed ? 'closing' : 'silence';
				return isOurs ? { thread, text: standing.text, by } : undefined;
			}
		}
	}

	private lookAt(threadId: string, at: number): void {
		if (Number.isFinite(at)) this.due.set(threadId, at);
		else this.due.delete(threadId);
	}

	/** What cannot be read of one thread must not keep the others waiting. */
	private async apart<Result>(
		{ unreadable }: WatchedEnds,
		threadId: string,
		now: number,
		work: () => Promise<Result>,
	): Promise<Result | undefined> {
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof StoreUnavailableError) || isOutage(error)) throw error;
			this.due.set(threadId, now + UNREADABLE_MS);
			unreadable(error);
			return undefined;
		}
	}
}

/** Undefined where nothing was written since it was seen to. */
function dueAt({ lastMessageAt, state }: ThreadSummary, silentMs: number): number | undefined {
	const { doneAt } = state.ending ?? {};
	if (doneAt !== undefined && Date.parse(doneAt) >= Date.parse(lastMessageAt)) return undefined;
	const at = Date.parse(lastMessageAt) + silentMs;
	return Number.isFinite(at) ? at : undefined;
}

/** By thread, the contact's newest text when it was closed. */
async function closedThreads(
	{ store }: ThreadServices,
	{ accountSid, silence }: WatchedEnds,
): Promise<Map<string, string>> {
	const closed = new Map<string, string>();
	const start = recordKeys.closing('');
	for await (const { key, value } of recordsUnder(store.records, `${start}${accountSid}:`)) {
		const threadId = key.slice(start.length);
		const through = value['through'];
		if (typeof through === 'string' && silence.has(agentOf(threadId))) {
			closed.set(threadId, through);
		}
	}
	return closed;
}

function agentOf(threadId: string): string {
	return parseThreadId(threadId)?.agentId ?? '';
}
