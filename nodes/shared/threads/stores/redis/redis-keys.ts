/** The keys of one thread. All end when the thread does. */
export interface ThreadKeys {
	/** List of encoded messages, oldest first. */
	messages: string;
	/** Hash with a field per SID that the list holds, and `d`, the number of dropped messages. */
	seen: string;
	/** String of the marks of the SIDs dropped last, oldest first; missing while none was. */
	dropped: string;
	/** String; missing while the state is the initial one. */
	state: string;
}

export interface RedisKeys {
	/** Sorted set of thread ids; the highest score was written to last. */
	index: string;
	/** What the key of a thread's messages, or of its state, begins with. */
	messagesBase: string;
	stateBase: string;
	/** Sorted set of the keys of all records, each with the score 0. */
	recordIndex: string;
	/** What the key of a record begins with. */
	recordsBase: string;
	ofThread(threadId: string): ThreadKeys;
	ofClaim(key: string): string;
	ofAllowance(key: string): string;
	ofRecord(key: string): string;
}

/**
 * Names of all keys under a prefix. The prefix stands in braces: Redis takes the first pair as the
 * hash tag, so that a clustered server keeps everything a script touches in one place, whatever
 * braces a thread id may contain.
 *
 * @param apart a further part for keys that no store may see.
 */
export function redisKeys(prefix: string, apart = ''): RedisKeys {
	const base = `{${prefix}}:${apart}`;
	const messagesBase = `${base}m:`;
	const stateBase = `${base}s:`;
	const recordsBase = `${base}r:`;
	return {
		index: `${base}threads`,
		messagesBase,
		stateBase,
		recordIndex: `${base}records`,
		recordsBase,
		ofThread: (threadId) => ({
			messages: messagesBase + threadId,
			seen: `${base}h:${threadId}`,
			dropped: `${base}d:${threadId}`,
			state: stateBase + threadId,
		}),
		ofClaim: (key) => `${base}c:${key}`,
		ofAllowance: (key) => `${base}a:${key}`,
		ofRecord: (key) => recordsBase + key,
	};
}
