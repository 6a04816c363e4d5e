/** Time from outside, so that tests can hold it. */
export interface Clock {
	/** Milliseconds since 1970, UTC. */
	now(): number;
	/**
	 * Milliseconds that have gone by, from any start. Unlike `now` it is never set, forward or back: for
	 * what is measured within one process.
	 */
	elapsed(): number;
	/** Resolves after `ms`; rejects with the signal's reason when it is aborted. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** Runs `run` once after `ms`, unless the returned function is called before. Keeps no process alive. */
	after(ms: number, run: () => void): () => void;
}

export function isoTime(clock: Clock): string {
	return new Date(clock.now()).toISOString();
}
