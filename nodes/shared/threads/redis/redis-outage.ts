import type { RedisFailure } from './redis-failure';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Failed attempts in a row. Times are those of `performance.now()`. */
export interface RedisOutage {
	since: number;
	attempts: number;
	/** No attempt is made before. */
	nextAt: number;
	last: RedisFailure;
}

/** The outage after one more failure; each pause is twice the one before, up to two seconds. */
export function lengthened(outage: RedisOutage | undefined, last: RedisFailure): RedisOutage {
	const now = performance.now();
	const { since = now, attempts = 0 } = outage ?? {};
	const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS);
	return { since, attempts: attempts + 1, nextAt: now + pause, last };
}
