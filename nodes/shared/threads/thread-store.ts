import type { Message } from '../messaging/message';

export type StoreKind = 'staticData' | 'memory' | 'embedded' | 'redis' | 'postgres';

/** Who speaks for us: the agent, or a person who took the thread over. */
export type ThreadMode = 'agent' | 'takeover';

/** Whether the contact may be texted. `unknown` is somebody who never said. */
export type Consent =
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
	takenThrough?: string;
	/** When it was. ISO 8601, UTC. */
	takenAt?: string;
	/** SID of the newest text whose run came to an end without a reply. */
	endedThrough?: string;
	/** What `takenThrough` was when the texts up to it were given to another run, the one before having died. */
	givenBackThrough?: string;
	/** How often they were. */
	givenBackTimes?: number;
}

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

export interface Appended {
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
	 * was new. A SID is remembered at least as long as its message is kept.
	 */
	append(threadId: string, messages: readonly Message[], limit: number): Promise<Appended>;

	/** The newest `limit` messages with the thread's state. */
	read(threadId: string, limit: number): Promise<Thread>;

	/**
	 * Replaces the state by what `change` makes of the present one. No other change comes between;
	 * `change` may run again on a newer state, so it must be pure.
	 */
	changeState(
		threadId: string,
		change: (state: ThreadState) => ThreadState,
	): Promise<ThreadState>;

	/** At most `limit` threads whose id starts with `prefix`. */
	list(query: ThreadQuery): Promise<ThreadPage>;

	/** Forgets the messages and the state. Resolves to whether there was such a thread. */
	delete(threadId: string): Promise<boolean>;
}
