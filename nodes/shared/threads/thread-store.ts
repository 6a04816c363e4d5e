import type { Clock } from '../messaging/clock';
import type { Message } from '../messaging/message';
import type { ClaimLedger } from './claim-ledger';

export type StoreKind = 'staticData' | 'memory' | 'embedded' | 'redis' | 'postgres';

/** Who speaks for us: the agent, or a person who took the thread over. */
type ThreadMode = 'agent' | 'takeover';

/** Whether the contact may be texted. `unknown` is somebody who never said. */
type Consent =
	| { status: 'unknown' }
	| {
			status: 'optedIn' | 'optedOut';
			/** ISO 8601, UTC. */
			since: string;
			/** The contact's words, or Twilio's error code that taught us. */
			by: string;
	  };

export interface ThreadState {
	mode: ThreadMode;
	consent: Consent;
	/** What the builder attaches: a CRM id, a name. */
	metadata: Record<string, string>;
	/** SID of the newest text that was handed to a run; the texts after it still wait for one. */
	startedThrough?: string;
	/** When it was. ISO 8601, UTC. */
	startedAt?: string;
	/** The process that handed it over; in queue mode another one runs it. */
	startedBy?: string;
	/** The trigger it came to: several workflows may have an agent of one ID. */
	startedFor?: string;
	/** Its run may rightly end without a word about how the turn ended. */
	mayEndSilently?: true;
	/** SID of the newest text whose run came to an end without a reply. */
	endedThrough?: string;
	/** The execution in which it did; absent where it failed, and may be tried again. */
	endedIn?: string;
	/** What `startedThrough` was when the texts up to it were given to another run, the one before having died. */
	givenBackThrough?: string;
	/** How often they were. */
	givenBackTimes?: number;
	/** The turn is to be begun again: what kept it from its reply may pass. */
	retry?: Retry;
}

/** A turn that came to no reply for now; it is not over until it has one or a person is told. */
export interface Retry {
	/** SID of the turn's newest text. Void once a newer one was handed to a run. */
	through: string;
	/** Not before. ISO 8601, UTC. */
	at: string;
	/** When it failed first. ISO 8601, UTC. */
	since: string;
	/** How often it has failed. */
	times: number;
	why: RetryCause;
}

/**
 * Twilio certainly did not take the reply, whose words are kept with the lease; nobody can tell yet
 * whether it did; the model did not answer.
 */
export type RetryCause = 'notSent' | 'uncertain' | 'modelFailed';

/** A thread as it is now. A thread nobody wrote to yet reads as empty, with the initial state. */
export interface Thread {
	threadId: string;
	/** The newest ones asked for; oldest first, newest last. */
	messages: Message[];
	state: ThreadState;
	/** Messages of this thread that the store once had and no longer keeps. */
	droppedMessages: number;
	/** All messages the store keeps of this thread, read or not. */
	keptMessages: number;
}

interface Appended {
	/** SIDs of the messages that were new, in order; the others were there already. */
	newSids: string[];
	thread: Thread;
}

export interface ThreadSummary {
	threadId: string;
	state: ThreadState;
	keptMessages: number;
	/** When its newest message came. ISO 8601, UTC. */
	lastMessageAt: string;
}

export interface ThreadQuery {
	prefix: string;
	limit: number;
	/** Of the page before. */
	cursor?: string;
	/** Milliseconds since 1970. Threads without a message since then cost nothing to leave out. */
	since?: number;
}

export interface ThreadPage {
	/** Last written first. */
	threads: ThreadSummary[];
	/** Ask again with it for the next page; absent on the last. */
	cursor?: string;
}

/** More than any burst and than anybody writes before we answer: enough to judge a turn by. */
export const NEWEST_MESSAGES = 50;

export const INITIAL_STATE: ThreadState = {
	mode: 'agent',
	consent: { status: 'unknown' },
	metadata: {},
};

/**
 * Where threads are kept. Every method rejects with StoreUnavailableError when the store cannot be
 * reached; an outage never reads as an empty thread.
 */
export interface ThreadStore {
	/**
	 * Adds the messages whose SID the thread does not hold, after those it has, and reads the newest
	 * `limit` in the same step. Atomic: of two that append one SID at the same time, one is told it
	 * was new. A SID is remembered at least as long as its message is kept. Rejects with
	 * InvalidInputError, and takes none of them, where one is no message or cannot be saved.
	 */
	append(threadId: string, messages: readonly Message[], limit: number): Promise<Appended>;

	/** The newest `limit` messages with the thread's state. */
	read(threadId: string, limit: number): Promise<Thread>;

	/**
	 * Replaces the state by what `change` makes of the present one. No other change comes between;
	 * `change` runs again on a newer state, so it must be pure.
	 *
	 * @param known the state as the caller has just read it, which saves reading it again.
	 */
	changeState(
		threadId: string,
		change: (state: ThreadState) => ThreadState,
		known?: ThreadState,
	): Promise<ThreadState>;

	/** At most `limit` threads whose id starts with `prefix`. */
	list(query: ThreadQuery): Promise<ThreadPage>;

	/** Forgets the messages and the state. Resolves to whether there was such a thread. */
	delete(threadId: string): Promise<boolean>;
}

/** A store ready for use. Its parts share one connection. */
export interface OpenThreadStore {
	kind: StoreKind;
	promises: StorePromises;
	threads: ThreadStore;
	claims: ClaimLedger;
	/** Gives the connection back. May be called twice. */
	close(): Promise<void>;
}

/** What all work on threads needs from outside; one value for a whole run. */
export interface ThreadServices {
	store: OpenThreadStore;
	clock: Clock;
	/** Stops waiting and retrying. */
	signal?: AbortSignal | undefined;
}

/** The store cannot be reached, or refused to work. Nothing is known about what it holds. */
export class StoreUnavailableError extends Error {
	override readonly name = 'StoreUnavailableError';

	constructor(
		readonly store: string,
		readonly fix: string,
		options?: { cause?: unknown },
	) {
		super(`The thread store (${store}) is not available`, options);
	}
}

/** Somebody else took the claim over after its hold had ended. */
export class ClaimLostError extends Error {
	override readonly name = 'ClaimLostError';

	constructor(readonly key: string) {
		super('Another execution took this over because this one held it for too long');
	}
}

/** What a store promises beyond the contract every store keeps. */
export interface StorePromises {
	/** Several workflows of one server see the same threads. */
	sharedByWorkflows: boolean;
	/** Several n8n processes (queue mode) see the same threads. */
	sharedByProcesses: boolean;
	/** What was acknowledged is there after a crash. */
	survivesCrash: boolean;
}

/** The promises of each kind, known before one is opened. What holds in the worst case. */
export const STORE_PROMISES: Readonly<Record<StoreKind, Readonly<StorePromises>>> = {
	staticData: { sharedByWorkflows: false, sharedByProcesses: false, survivesCrash: false },
	memory: { sharedByWorkflows: true, sharedByProcesses: false, survivesCrash: false },
	embedded: { sharedByWorkflows: true, sharedByProcesses: false, survivesCrash: true },
	redis: { sharedByWorkflows: true, sharedByProcesses: true, survivesCrash: true },
	postgres: { sharedByWorkflows: true, sharedByProcesses: true, survivesCrash: true },
};

/** How much a store that shares one small file with others may hold. */
export interface ThreadLimits {
	/** Older messages of a thread are dropped first. */
	messagesPerThread: number;
	/** The threads written to longest ago are dropped first. */
	maxThreads: number;
	/** Days after its newest message until a thread is dropped. */
	maxAgeDays: number;
}

export const DEFAULT_LIMITS: ThreadLimits = {
	messagesPerThread: 50,
	maxThreads: 500,
	maxAgeDays: 90,
};
