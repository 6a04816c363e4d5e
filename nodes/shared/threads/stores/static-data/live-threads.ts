import { isDeepStrictEqual } from 'node:util';
import type { Message } from '../../../messaging/message';
import { processWide } from '../../../process/process-wide';
import type { ClaimRecord } from '../../claim-ledger';
import type { RecordValue } from '../../record-store';
import { compactMessage, fullMessage, type CompactMessage } from '../compact-message';
import { isObject, parsed, recordIn, stateIn, UnreadableError, valueIn } from '../stored-data';
import { newestMarks, sidMark } from '../sid-marks';
import { SavedMap, swapQuotes } from './saved-map';
import {
	INITIAL_STATE,
	REMEMBERED_SIDS,
	StoreUnavailableError,
	type ThreadState,
} from '../../thread-store';
import { type ThreadLimits } from '../../thread-limits';

/** Threads, states, claims and records are replaced, never changed: what was written of them is kept. */
interface LiveThread {
	/** Oldest first. */
	readonly messages: readonly Message[];
	/** Messages dropped to keep within the limits. */
	readonly dropped: number;
	/** The marks of their SIDs, oldest first; of the last ones. */
	readonly droppedSids?: string;
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

/** A claim as `SavedMap` writes it. Once settled, nobody holds it. */
type SavedClaim = [touchedAt: number, record: ClaimRecord, token?: string, heldUntil?: number];

type SavedThread = [
	dropped: number | [dropped: number, sids: string],
	...messages: Array<[messageSid: string, message: CompactMessage]>,
];

/** Of what is saved. It goes up when an older one could not read it, or would take it for something else. */
const VERSION = 2;
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
	/** Of threads whose state was ever changed; each goes with its thread. */
	readonly states = new SavedMap(savedState);
	/** Least recently touched first. */
	readonly claims = new SavedMap(savedClaim);
	/**
	 * Within no limit, as they say who texted STOP. Each costs what its JSON is long, some 250 bytes for
	 * a contact, in all that n8n saves with every turn and reads at the next start: with ten thousand
	 * contacts, 2.5 MB. Whoever has so many had better choose another place.
	 */
	readonly records = new SavedMap<RecordValue>((value) => value);
	private absorbed = false;
	private refused: StoreUnavailableError | undefined;

	constructor() {
		// n8n wraps static data in proxies, object by object, at every execution; this name makes it
		// pass over ours, which is also what keeps the object identical for all executions.
		Object.defineProperty(this, '__dataChanged', { value: false, writable: true });
	}

	/**
	 * Takes in what an earlier process saved; all of it is read before any of it counts. Later calls
	 * change nothing: from then on we know better. Throws StoreUnavailableError for what is damaged or of
	 * a newer version, each time, and then nothing may be saved over it.
	 */
	absorb(found: unknown): void {
		if (found === this) return;
		// A run that has lost its static data would save ours over what it did not see.
		if (found === undefined && this.refused) throw this.refused;
		if (found === undefined) return;
		// What another copy of the package puts there is alive too.
		const text = isLive(found) ? found.toJSON() : found;
		if (this.absorbed && !isNewer(text)) {
			this.refused = undefined;
			return;
		}
		const saved = this.savedThreadsIn(text);
		this.absorbed = true;
		const since = new Map(this.threads);
		this.threads.clear();
		for (const [threadId, thread] of saved.threads) this.threads.set(threadId, thread);
		for (const [threadId, { messages, dropped, droppedSids = '', ...written }] of since) {
			const before = this.threads.get(threadId) ?? NO_MESSAGES;
			const added = messages.filter(({ messageSid }) => !knows(before, messageSid));
			this.threads.delete(threadId);
			this.threads.set(threadId, {
				messages: [...before.messages, ...added],
				dropped: before.dropped + dropped,
				droppedSids: newestMarks((before.droppedSids ?? '') + droppedSids, REMEMBERED_SIDS),
				...written,
			});
		}
		for (const [threadId, state] of saved.states) {
			if (!this.states.has(threadId)) this.states.set(threadId, state);
		}
		for (const [key, claim] of saved.claims) {
			if (!this.claims.has(key)) this.claims.set(key, claim);
		}
		for (const [key, value] of saved.records) {
			if (!this.records.has(key)) this.records.set(key, value);
		}
	}

	private savedThreadsIn(text: unknown): ReadThreads {
		try {
			const saved = savedThreadsIn(text);
			this.refused = undefined;
			return saved;
		} catch (cause) {
			if (!(cause instanceof UnreadableError)) throw cause;
			this.refused = unreadableWorkflow(cause);
			throw this.refused;
		}
	}

	/**
	 * One string: n8n wraps every object it finds in static data, anew at each request and each
	 * execution, which for some hundred threads takes longer than all else.
	 */
	toJSON(): string {
		const { threads, states, claims, records } = this;
		const parts = Object.entries({ threads, states, claims, records }).map(
			([name, map]) => `'${name}':${map.savedText()}`,
		);
		return `{'version':${VERSION},${parts.join(',')}}`;
	}

	/** Whether the thread has the message, or had it and knows so still. */
	hasSeen(threadId: string, messageSid: string): boolean {
		return knows(this.threads.get(threadId) ?? NO_MESSAGES, messageSid);
	}

	stateOf(threadId: string): ThreadState {
		return structuredClone(this.states.get(threadId) ?? INITIAL_STATE);
	}

	/**
	 * Adds messages to a thread, which is then the most recently written one, and drops what is over
	 * the limits.
	 */
	add(threadId: string, added: readonly Message[], limits: ThreadLimits, now: number): void {
		const before = this.threads.get(threadId) ?? NO_MESSAGES;
		const messages = [...before.messages, ...added];
		const excess = Math.max(0, messages.length - limits.messagesPerThread);
		const marks = messages.slice(0, excess).map(({ messageSid }) => sidMark(messageSid));
		this.threads.delete(threadId);
		this.threads.set(threadId, {
			messages: messages.slice(excess),
			dropped: before.dropped + excess,
			droppedSids: newestMarks((before.droppedSids ?? '') + marks.join(''), REMEMBERED_SIDS),
			writtenAt: now,
		});
		const oldest = now - limits.maxAgeDays * DAY_MS;
		for (const [id, { messages }] of this.threads) {
			const last = messages.at(-1);
			const stale = last === undefined || Date.parse(last.at) < oldest;
			if (id === threadId || (!stale && this.threads.size <= limits.maxThreads)) break;
			this.threads.delete(id);
			this.states.delete(id);
		}
	}

	trimClaims(now: number): void {
		for (const [key, { touchedAt }] of this.claims) {
			if (this.claims.size <= MAX_CLAIMS && touchedAt >= now - CLAIM_DAYS * DAY_MS) break;
			this.claims.delete(key);
		}
	}
}

const NO_MESSAGES: LiveThread = { messages: [], dropped: 0 };

function knows({ messages, droppedSids = '' }: LiveThread, sid: string): boolean {
	return (
		messages.some(({ messageSid }) => messageSid === sid) || droppedSids.includes(sidMark(sid))
	);
}

function savedThread({ messages, dropped, droppedSids = '' }: LiveThread): SavedThread {
	const list = messages.map((message): [string, CompactMessage] => [
		message.messageSid,
		compactMessage(message),
	]);
	return [droppedSids === '' ? dropped : [dropped, droppedSids], ...list];
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

/** As `toJSON` begins. */
const HEAD = /^\{'version':(\d+),/;

/** Told without reading all of it: it is asked for each text. */
function isNewer(text: unknown): boolean {
	return typeof text === 'string' && Number(HEAD.exec(text)?.[1] ?? 0) > VERSION;
}

function isLive(found: unknown): found is LiveThreads {
	const { threads, toJSON } = (found ?? {}) as Partial<LiveThreads>;
	return threads instanceof Map && typeof toJSON === 'function';
}

interface ReadThreads {
	threads: Array<[threadId: string, thread: LiveThread]>;
	states: Array<[threadId: string, state: ThreadState]>;
	claims: Array<[key: string, claim: LiveClaim]>;
	records: Array<[key: string, value: RecordValue]>;
}

/** Throws UnreadableError unless all of it is what `toJSON` writes. */
function savedThreadsIn(text: unknown): ReadThreads {
	if (typeof text !== 'string') throw new UnreadableError('it is no text');
	if (isNewer(text)) {
		throw new UnreadableError('it was written by a newer version of this package');
	}
	const saved = parsed(swapQuotes(text));
	if (!isObject(saved) || saved['version'] !== VERSION) {
		throw new UnreadableError('it has no version that is known');
	}
	const { threads, states, claims, records } = saved;
	return {
		threads: pairsIn('threads', threads, threadIn),
		states: pairsIn('states', states, (state) =>
			stateIn(isObject(state) ? { ...INITIAL_STATE, ...state } : state),
		),
		claims: pairsIn('claims', claims, claimIn),
		records: pairsIn('records', records, valueIn),
	};
}

function pairsIn<Value>(
	name: string,
	found: unknown,
	read: (value: unknown) => Value,
): Array<[string, Value]> {
	if (!Array.isArray(found)) throw new UnreadableError(`its ${name} are no list`);
	return found.map((pair: unknown) => {
		const [key, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
		if (typeof key !== 'string') throw new UnreadableError(`one of its ${name} has no name`);
		return [key, read(value)];
	});
}

function threadIn(found: unknown): LiveThread {
	const [before, ...list] = Array.isArray(found) ? (found as unknown[]) : [];
	const [dropped, droppedSids] = Array.isArray(before) ? (before as unknown[]) : [before, ''];
	if (typeof dropped !== 'number' || typeof droppedSids !== 'string') {
		throw new UnreadableError('one of its threads is none');
	}
	const messages = list.map((pair) => {
		const [sid, message] = Array.isArray(pair) ? (pair as unknown[]) : [];
		if (typeof sid !== 'string') throw new UnreadableError('one of its messages has no SID');
		return fullMessage(sid, message);
	});
	return { messages, dropped, droppedSids };
}

function claimIn(found: unknown): LiveClaim {
	const [touchedAt, record, token = '', heldUntil = Infinity] = Array.isArray(found)
		? (found as unknown[])
		: [];
	if (
		typeof touchedAt !== 'number' ||
		typeof token !== 'string' ||
		typeof heldUntil !== 'number'
	) {
		throw new UnreadableError('one of its claims is none');
	}
	return { touchedAt, record: recordIn(record), token, heldUntil };
}

/** As errors call the store. */
export const THIS_WORKFLOW = 'This Workflow';

function unreadableWorkflow(cause: UnreadableError): StoreUnavailableError {
	return new StoreUnavailableError(
		THIS_WORKFLOW,
		`What is saved of the conversations with this workflow cannot be read: ${cause.message}. It was left as it is, with what it says of who texted STOP. Update n8n-nodes-sms-agent if a newer version has written it, else put the workflow back from a backup of n8n's database. To begin anew, choose another place for conversations in every node of the workflow that has this field.`,
		{ cause },
	);
}

/** Raise the version with every change of what a LiveThreads holds or does. */
const byWorkflow = processWide('live-threads', 3, () => new Map<string, LiveThreads>());

/** The one live object of a workflow in this process, for every node and every execution of it. */
export function liveThreadsOf(workflowId: string): LiveThreads {
	const live = byWorkflow.get(workflowId) ?? new LiveThreads();
	byWorkflow.set(workflowId, live);
	return live;
}
