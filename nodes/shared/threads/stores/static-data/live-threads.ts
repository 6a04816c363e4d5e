import { isDeepStrictEqual } from 'node:util';
import type { Message } from '../../../messaging/message';
import { processWide } from '../../../process/process-wide';
import type { ClaimRecord } from '../../claim-ledger';
import { compactMessage, fullMessage, type CompactMessage } from '../compact-message';
import { SavedMap, swapQuotes } from './saved-map';
import { type ThreadLimits, INITIAL_STATE, type ThreadState } from '../../thread-store';

/** Threads, states and claims are replaced, never changed: what was written of them is kept. */
interface LiveThread {
	/** Oldest first. */
	readonly messages: readonly Message[];
	/** Messages dropped to keep within the limits. */
	readonly dropped: number;
	/** Milliseconds since 1970; undefined where it was written by an earlier process. A text may have come long before. */
	readonly writtenAt?: number;
}

export interface LiveClaim {
	readonly record: ClaimRecord;
	readonly token: string;
	/** Milliseconds since 1970; Infinity once settled. */
	readonly heldUntil: number;
	/** Milliseconds since 1970; the ledger forgets the oldest first. */
	readonly touchedAt: number;
}

/** What workflow static data keeps, as `SavedMap` writes it. Lists, because an object would reorder its keys. */
interface PersistedThreads {
	version: 2;
	threads: Array<[threadId: string, thread: SavedThread]>;
	/** What differs from the initial state. */
	states: Array<[threadId: string, state: Partial<ThreadState>]>;
	claims: Array<[key: string, claim: SavedClaim]>;
}

/** Once settled, nobody holds it. */
type SavedClaim = [touchedAt: number, record: ClaimRecord, token?: string, heldUntil?: number];

type SavedThread = [
	dropped: number,
	...messages: Array<[messageSid: string, message: CompactMessage]>,
];

const CLAIM_DAYS = 1;
const MAX_CLAIMS = 2_000;
const DAY_MS = 86_400_000;

/**
 * All threads of one workflow, once per process. Every execution works on this one object and puts
 * it, not a copy, into its own static data; so whichever execution n8n saves last, it saves all.
 */
export class LiveThreads {
	/** Least recently written first. */
	readonly threads = new SavedMap(savedThread);
	/** Of threads whose state was ever changed. An opt-out outlives its thread's messages. */
	readonly states = new SavedMap(savedState);
	/** Least recently touched first. */
	readonly claims = new SavedMap(savedClaim);
	private absorbed = false;

	constructor() {
		// n8n wraps static data in proxies, object by object, at every execution; this name makes it
		// pass over ours, which is also what keeps the object identical for all executions.
		Object.defineProperty(this, '__dataChanged', { value: false, writable: true });
	}

	/** Takes in what an earlier process saved. Later calls change nothing: from then on we know better. */
	absorb(found: unknown): void {
		if (this.absorbed || typeof found !== 'string') return;
		const saved = parsed(found);
		if (!isPersisted(saved)) return;
		this.absorbed = true;
		const since = new Map(this.threads);
		this.threads.clear();
		for (const one of saved.threads) this.absorbThread(one);
		for (const [threadId, { messages, dropped, ...written }] of since) {
			const before = this.threads.get(threadId) ?? { messages: [], dropped: 0 };
			const known = new Set(before.messages.map(({ messageSid }) => messageSid));
			const added = messages.filter(({ messageSid }) => !known.has(messageSid));
			this.threads.delete(threadId);
			this.threads.set(threadId, {
				messages: [...before.messages, ...added],
				dropped: before.dropped + dropped,
				...written,
			});
		}
		for (const [threadId, state] of saved.states) {
			if (this.states.has(threadId)) continue;
			this.states.set(threadId, { ...INITIAL_STATE, ...state });
		}
		for (const [key, claim] of saved.claims) {
			if (this.claims.has(key)) continue;
			const [touchedAt, record, token = '', heldUntil = Infinity] = claim;
			this.claims.set(key, { record, token, heldUntil, touchedAt });
		}
	}

	/** One that cannot be read must not take the others with it. */
	private absorbThread([threadId, thread]: PersistedThreads['threads'][number]): void {
		try {
			this.threads.set(threadId, liveThread(thread));
		} catch {
			// Nothing of it can be shown to anybody.
		}
	}

	/**
	 * One string: n8n wraps every object it finds in static data, anew at each request and each
	 * execution, which for some hundred threads takes longer than all else.
	 */
	toJSON(): string {
		const [threads, states, claims] = [this.threads, this.states, this.claims].map((map) =>
			map.savedText(),
		);
		return `{'version':2,'threads':${threads},'states':${states},'claims':${claims}}`;
	}

	stateOf(threadId: string): ThreadState {
		return structuredClone(this.states.get(threadId) ?? INITIAL_STATE);
	}

	/**
	 * Adds messages to a thread, which is then the most recently written one, and drops what is over
	 * the limits. An opt-out is never dropped with its thread.
	 */
	add(threadId: string, added: readonly Message[], limits: ThreadLimits, now: number): void {
		const before = this.threads.get(threadId) ?? { messages: [], dropped: 0 };
		const messages = [...before.messages, ...added];
		const excess = Math.max(0, messages.length - limits.messagesPerThread);
		this.threads.delete(threadId);
		this.threads.set(threadId, {
			messages: messages.slice(excess),
			dropped: before.dropped + excess,
			writtenAt: now,
		});
		const oldest = now - limits.maxAgeDays * DAY_MS;
		for (const [id, { messages }] of this.threads) {
			const last = messages.at(-1);
			const stale = last === undefined || Date.parse(last.at) < oldest;
			if (id === threadId || (!stale && this.threads.size <= limits.maxThreads)) break;
			this.threads.delete(id);
			if (this.states.get(id)?.consent.status !== 'optedOut') this.states.delete(id);
		}
	}

	trimClaims(now: number): void {
		for (const [key, { touchedAt }] of this.claims) {
			if (this.claims.size <= MAX_CLAIMS && touchedAt >= now - CLAIM_DAYS * DAY_MS) break;
			this.claims.delete(key);
		}
	}
}

function savedThread({ messages, dropped }: LiveThread): SavedThread {
	const list = messages.map((message): [string, CompactMessage] => [
		message.messageSid,
		compactMessage(message),
	]);
	return [dropped, ...list];
}

function liveThread([dropped, ...list]: SavedThread): LiveThread {
	return { messages: list.map(([sid, message]) => fullMessage(sid, message)), dropped };
}

function savedState(state: Readonly<ThreadState>): Partial<ThreadState> {
	const initial: Record<string, unknown> = { ...INITIAL_STATE };
	const different = Object.entries(state).filter(
		([name, value]) => !isDeepStrictEqual(value, initial[name]),
	);
	return Object.fromEntries(different);
}

function savedClaim({ record, token, heldUntil, touchedAt }: LiveClaim): SavedClaim {
	return heldUntil === Infinity ? [touchedAt, record] : [touchedAt, record, token, heldUntil];
}

/** Undefined for a text that is no JSON: somebody else put it there. */
function parsed(text: string): unknown {
	try {
		return JSON.parse(swapQuotes(text));
	} catch {
		return undefined;
	}
}

function isPersisted(saved: unknown): saved is PersistedThreads {
	const candidate = saved as Partial<PersistedThreads> | null | undefined;
	return (
		candidate?.version === 2 &&
		Array.isArray(candidate.threads) &&
		Array.isArray(candidate.states) &&
		Array.isArray(candidate.claims)
	);
}

/** Raise the version with every change of what a LiveThreads holds or does. */
const byWorkflow = processWide('live-threads', 1, () => new Map<string, LiveThreads>());

/** The one live object of a workflow in this process, for every node and every execution of it. */
export function liveThreadsOf(workflowId: string): LiveThreads {
	const live = byWorkflow.get(workflowId) ?? new LiveThreads();
	byWorkflow.set(workflowId, live);
	return live;
}
