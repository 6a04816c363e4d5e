import type { Clock } from '../messaging/clock';
import type { Message } from '../messaging/message';
import type { AllowanceLedger } from './allowance';
import type { ClaimLedger } from './claim-ledger';
import type { RecordStore } from './record-store';
import type { StoreUnavailableError } from './store-unavailable-error';

export { apartFromOthers, isOutage, StoreUnavailableError } from './store-unavailable-error';

export type StoreKind = 'staticData' | 'memory' | 'embedded' | 'redis' | 'postgres';

/** A person has the thread, and no agent speaks in it. */
export interface Takeover {
	/** ISO 8601, UTC. */
	since: string;
	/** When the agent speaks again. ISO 8601, UTC; null until somebody releases the thread. */
	until: string | null;
	/** Milliseconds for which a further text of a person prolongs it; null where it has no end. */
	pauseMs: number | null;
	/** Who has it, or what gave it to them; for people. */
	by: string;
	why: string;
}

/** An agent has passed the contact on to another one. */
export interface Passed {
	/** The ID of the agent that speaks from then on; that of the thread's own where it was passed back. */
	to: string;
	/** The ID of the agent that did it. */
	by: string;
	/** In the model's words; for the other agent, and for people. */
	reason: string;
	/** SID of the newest text of the turn in which it did. */
	through: string;
}

/** A task of the agent's, by its name. */
export interface TaskOn {
	name: string;
	/** SID of the text that began it. */
	by: string;
	/** When that went out. ISO 8601, UTC. */
	since: string;
	/** Absent while it is on. */
	doneAt?: string;
}

/** Somebody has closed the conversation. The contact's next text opens it again: see turns/closed.ts. */
export interface Closed {
	/** ISO 8601, UTC. */
	since: string;
	by: string;
	/** SID of the newest message at that time; absent where there was none. */
	through?: string;
}

/** How far the ends of the conversation were seen to, where somebody wants to remember what was said. */
export interface Ending {
	/** SID of the contact's newest text that was seen to. */
	doneThrough?: string;
	/** When the newest message of the thread was written then. ISO 8601, UTC. */
	doneAt?: string;
	/** One that was handed to a run, of which nothing has come yet. */
	begun?: Begun;
}

/** What was handed to a run, which the thread's silence has begun. */
export interface Begun {
	/** SID of the contact's newest text. */
	through: string;
	/** ISO 8601, UTC. */
	at: string;
	/** How often it was. */
	times: number;
}

export interface ThreadState {
	/** Absent where the agent speaks. One whose `until` is past is over: see takeover.ts. */
	takeover?: Takeover;
	/** Another agent than the one that the thread belongs to speaks in it. */
	passed?: Passed;
	/** What the agent was given to do in this thread last. */
	task?: TaskOn;
	closed?: Closed;
	ending?: Ending;
	/** A run was to ask the silent contact whether they are still there. */
	idle?: Begun;
	/** What the builder attaches to this conversation, by name: a booking, an order. */
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
	/** Nothing was to be said to it: nobody waits for a person either. */
	endedQuietly?: true;
	/** What `startedThrough` was when the texts up to it were given to another run, the one before having died. */
	givenBackThrough?: string;
	/** How often they were. */
	givenBackTimes?: number;
	/** The turn up to this text is for another agent of the contact, and moves into that conversation. */
	movedTo?: { through: string; agentId: string };
	/** The turn is to be begun again: what kept it from its reply may pass. */
	retry?: Retry;
	/**
	 * When the last replies went out, oldest first; milliseconds since 1970. Absent for as long as all
	 * of them stand among the newest messages.
	 */
	repliedAt?: number[];
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

export type ReadThread = Thread | StoreUnavailableError;

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
	/** Why some of the page are left out: what is kept of each is damaged, or of a newer version. */
	unreadable?: StoreUnavailableError[];
	/** Ask again with it for the next page; absent on the last. */
	cursor?: string;
}

/** More than any burst and than anybody writes before we answer: enough to judge a turn by. */
export const NEWEST_MESSAGES = 50;

/** So many threads are read in one step, which holds up nobody else for long. */
export const MOST_THREADS_READ = 100;

/**
 * So many SIDs of the messages that a thread dropped last are known to it still. What comes late (a
 * repeated delivery, a run with its own text) must not come back as the thread's newest message.
 */
export const REMEMBERED_SIDS = 256;

export const INITIAL_STATE: ThreadState = { metadata: {} };

/**
 * Where threads are kept. Every method rejects with StoreUnavailableError when the store cannot be
 * reached, and when what it keeps of the thread cannot be read; neither ever reads as an empty thread,
 * and what cannot be read is never written over.
 */
export interface ThreadStore {
	/**
	 * Adds the messages whose SID the thread does not hold, after those it has, and reads the newest
	 * `limit` in the same step. Atomic: of two that append one SID at the same time, one is told it
	 * was new. A SID is remembered for as long as its message is kept and, after that, until
	 * REMEMBERED_SIDS more messages are dropped. Rejects with InvalidInputError, and takes none of
	 * them, where one is no message or cannot be saved.
	 */
	append(threadId: string, messages: readonly Message[], limit: number): Promise<Appended>;

	/** The newest `limit` messages with the thread's state. */
	read(threadId: string, limit: number): Promise<Thread>;

	/**
	 * What `read` gives, for each of up to MOST_THREADS_READ ids in the order given, in one round trip.
	 * One that cannot be read hides no other: in its place stands why. Rejects only in an outage.
	 */
	readMany(threadIds: readonly string[], limit: number): Promise<ReadThread[]>;

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

	/** At most `limit` threads whose id starts with `prefix`. One that cannot be read hides no other. */
	list(query: ThreadQuery): Promise<ThreadPage>;

	/** Forgets the messages and the state. Resolves to whether there was such a thread. */
	delete(threadId: string): Promise<boolean>;
}

export interface StorePorts {
	threads: ThreadStore;
	claims: ClaimLedger;
	allowances: AllowanceLedger;
	records: RecordStore;
}

/** A store ready for use. Its parts share one connection. */
export interface OpenThreadStore extends StorePorts {
	kind: StoreKind;
	promises: StorePromises;
	/** The same for a run, where a store can wait for longer than a request that Twilio waits with. */
	patient?: StorePorts;
	/** As it is at this moment, where the others give what was read ahead for a list. */
	fresh?: OpenThreadStore;
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
