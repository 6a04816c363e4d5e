import type { Message } from '../messaging/message';
import { parseThreadId } from '../messaging/thread-id';
import { recordKeys } from '../threads/record-keys';
import { recordsUnder } from '../threads/record-store';
import {
	apartFromOthers,
	NEWEST_MESSAGES,
	type StoreUnavailableError,
	type Thread,
	type ThreadServices,
	type ThreadSummary,
} from '../threads/thread-store';
import { recentThreads } from '../threads/turns/open-turns';
import { beginEnding, endStandingOf, forgetClosing, settleEnding } from './endings';
import { beginAsking, idleStandingOf, type Idling } from './idle';

/** What the silence of an agent's contacts comes to. */
export interface Silence extends Idling {
	/**
	 * Milliseconds of it that end a conversation, for who remembers it; Infinity where only closing does,
	 * absent where nobody remembers.
	 */
	endMs?: number | undefined;
}

/** Whose conversations to look after. */
export interface WatchedEnds {
	accountSid: string;
	/** By agent. */
	silence: ReadonlyMap<string, Silence>;
	/** Told of each thread that the store cannot read; the others are looked after all the same. */
	unreadable: (error: StoreUnavailableError) => void;
}

/** A conversation that has ended, with the contact's newest text in it. */
export interface EndedThread {
	kind: 'ended';
	thread: Thread;
	text: Message;
	by: 'silence' | 'closing';
}

/** One of which the silence comes to something. */
export type SilentThread =
	| EndedThread
	/** The contact, whose newest text this is, is to be asked whether they are still there. */
	| { kind: 'idle'; thread: Thread; text: Message }
	/** It is to be closed. */
	| { kind: 'close'; thread: Thread };

/** What ended while n8n was down is found again so long after. */
const LOOK_BACK_MS = 24 * 60 * 60_000;
/** So many runs are started in one look, each of which asks a model: when it is switched on, many have ended. */
const MOST_AT_A_TIME = 30;
/** Clocks differ: threads that were written to so long before the last look are looked at again. */
const OVERLAP_MS = 10 * 60_000;
/** What could not be read may have been mended. */
const UNREADABLE_MS = 10 * 60_000;

/**
 * Finds the conversations that have ended or fallen silent. A look costs what was written to since the one
 * before it, and the threads that are due; not those that go on.
 */
export class EndWatch {
	/** Milliseconds since 1970. */
	private since: number | undefined;
	/** When to look at a thread, in milliseconds since 1970; with its newest message as it was heard of. */
	private readonly due = new Map<string, { at: number; heard: string }>();

	/**
	 * Hands out what is due, one after the other, until the signal ends it. Resolves to when the next
	 * is due, in milliseconds since 1970; Infinity where none is known. Rejects with
	 * StoreUnavailableError, or as `handOut` does.
	 */
	async look(
		services: ThreadServices,
		watched: WatchedEnds,
		handOut: (silent: SilentThread) => Promise<void>,
	): Promise<number> {
		const now = services.clock.now();
		await this.hearOfTexts(services, watched, now);
		const closed = await closedThreads(services, watched);
		const isDue = [...this.due].filter(([, { at }]) => at <= now).map(([threadId]) => threadId);
		let handedOut = 0;
		for (const threadId of new Set([...closed.keys(), ...isDue])) {
			if (services.signal?.aborted || handedOut >= MOST_AT_A_TIME) break;
			const silent = await apartFromOthers(
				(error) => {
					this.lookAt(threadId, now + UNREADABLE_MS);
					watched.unreadable(error);
				},
				async () => await this.judge(services, watched, threadId, closed.get(threadId)),
			);
			if (!silent) continue;
			handedOut += 1;
			await handOut(silent);
		}
		// The others are due, and so is the next look.
		if (handedOut >= MOST_AT_A_TIME) return now;
		let next = Infinity;
		for (const { at } of this.due.values()) next = Math.min(next, at);
		return next;
	}

	/** Threads that were written to since the last look are looked at when they are silent for long enough. */
	private async hearOfTexts(
		{ store }: ThreadServices,
		{ accountSid, silence, unreadable }: WatchedEnds,
		now: number,
	): Promise<void> {
		const waits = [...silence].filter(([, one]) => waitsOf(one).length > 0);
		if (waits.length === 0) return;
		const longest = Math.max(...waits.map(([, one]) => Math.max(...waitsOf(one))));
		const since = (this.since ?? now - longest - LOOK_BACK_MS) - OVERLAP_MS;
		const agentIds = waits.map(([agentId]) => agentId);
		const asked = { accountSid, agentIds, unreadable };
		for await (const summary of recentThreads(store, asked, since)) {
			const at = dueAt(summary, silence.get(agentOf(summary.threadId)) ?? {});
			const { lastMessageAt: heard } = summary;
			// What is put off is put off, unless somebody has written since.
			if (at === undefined || this.due.get(summary.threadId)?.heard === heard) continue;
			this.due.set(summary.threadId, { at, heard });
		}
		this.since = now;
	}

	private async judge(
		services: ThreadServices,
		{ silence }: WatchedEnds,
		threadId: string,
		closedThrough: string | undefined,
	): Promise<SilentThread | undefined> {
		const now = services.clock.now();
		const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
		const isClosed = closedThrough !== undefined;
		const wanted = silence.get(agentOf(threadId)) ?? {};
		const idle = idleStandingOf(thread, wanted, now);
		if (idle.kind === 'text') {
			// A contact who is asked has not ended the conversation yet.
			this.lookAt(threadId, now + OVERLAP_MS);
			const isOurs = await beginAsking(services, thread, idle.text.messageSid);
			return isOurs ? { kind: 'idle', thread, text: idle.text } : undefined;
		}
		if (idle.kind === 'close') {
			// Whoever remembers it does so at the next look.
			this.lookAt(threadId, now);
			return { kind: 'close', thread };
		}
		const idleAt = idle.kind === 'later' ? idle.at : Infinity;
		const silentMs = isClosed ? 0 : (wanted.endMs ?? Infinity);
		const standing = endStandingOf(thread, silentMs, now);
		switch (standing.kind) {
			case 'nothing':
				this.lookAt(threadId, idleAt);
				if (isClosed) await forgetClosing(services.store.records, threadId, closedThrough);
				return undefined;
			case 'later':
				this.lookAt(threadId, Math.min(idleAt, standing.at));
				return undefined;
			case 'givenUp':
				this.lookAt(threadId, idleAt);
				await settleEnding(services, thread, standing.text.messageSid);
				return undefined;
			case 'due': {
				if (isClosed && standing.text.messageSid !== closedThrough) {
					// The contact has opened it again: it ends by its silence, or when it is closed again.
					await forgetClosing(services.store.records, threadId, closedThrough);
					this.lookAt(threadId, Math.min(idleAt, now + (wanted.endMs ?? Infinity)));
					return undefined;
				}
				const isOurs = await beginEnding(services, thread, standing.text.messageSid);
				// As it stands then, it says itself when it is to be looked at again.
				this.lookAt(threadId, now + OVERLAP_MS);
				const by = isClosed ? 'closing' : 'silence';
				return isOurs ? { kind: 'ended', thread, text: standing.text, by } : undefined;
			}
		}
	}

	/** Not at all for Infinity. */
	private lookAt(threadId: string, at: number): void {
		const heard = this.due.get(threadId)?.heard ?? '';
		if (Number.isFinite(at)) this.due.set(threadId, { at, heard });
		else this.due.delete(threadId);
	}
}

/** All silences after which there is something to do, in milliseconds. */
function waitsOf({ endMs = Infinity, textMs = Infinity, closeMs = Infinity }: Silence): number[] {
	const untilClosed = textMs === Infinity ? closeMs : textMs + closeMs;
	return [endMs, textMs, untilClosed].filter(Number.isFinite);
}

/** Undefined where there is nothing to do since it was seen to. */
function dueAt({ lastMessageAt, state }: ThreadSummary, silence: Silence): number | undefined {
	const lastAt = Date.parse(lastMessageAt);
	const isBefore = (at: string | undefined) => at === undefined || Date.parse(at) < lastAt;
	const { textMs, closeMs } = isBefore(state.closed?.since) ? silence : {};
	const endMs = isBefore(state.ending?.doneAt) ? silence.endMs : undefined;
	// What we were asked to say may have been said: then it is closed so long after.
	const silentMs = Math.min(...[endMs, textMs, closeMs].map((ms) => ms ?? Infinity));
	return Number.isFinite(silentMs) ? lastAt + silentMs : undefined;
}

/** By thread, the contact's newest text when it was closed. */
async function closedThreads(
	{ store }: ThreadServices,
	{ accountSid, silence }: WatchedEnds,
): Promise<Map<string, string>> {
	const closed = new Map<string, string>();
	// Only what is remembered is noted.
	if (![...silence.values()].some(({ endMs }) => endMs !== undefined)) return closed;
	const start = recordKeys.closing('');
	for await (const { key, value } of recordsUnder(store.records, `${start}${accountSid}:`)) {
		const threadId = key.slice(start.length);
		const through = value['through'];
		if (typeof through === 'string' && silence.get(agentOf(threadId))?.endMs !== undefined) {
			closed.set(threadId, through);
		}
	}
	return closed;
}

function agentOf(threadId: string): string {
	return parseThreadId(threadId)?.agentId ?? '';
}
