/** How much a store that shares one small file with others may hold. */
export interface ThreadLimits {
	/** Older messages of a thread are dropped first. */
	messagesPerThread: number;
	/** The threads written to longest ago are dropped first. */
	maxThreads: number;
	/** Days after its newest message until a thread is dropped. */
	maxAgeDays: number;
}

/** What a thread keeps at least: a turn of some texts, its reply, and what they are about. */
export const LEAST_MESSAGES = 10;

export const DEFAULT_LIMITS: ThreadLimits = {
	messagesPerThread: 50,
	maxThreads: 500,
	maxAgeDays: 90,
};
