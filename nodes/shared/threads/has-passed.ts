import { CLOCK_SKEW_MS } from './timing';

/**
 * Whether `ms` have passed since `at`; times in milliseconds since 1970. A time of the future was noted
 * by a clock that has been set back since. Nobody knows how long ago that was, so it has passed: a
 * hold, a wait or a limit never lasts longer than its own length.
 */
export function hasPassed(at: number, ms: number, now: number): boolean {
	return now - at >= ms || isOfFuture(at, now);
}

/** Clocks differ a little, and that is no future. */
export function isOfFuture(at: number, now: number): boolean {
	return at - now > CLOCK_SKEW_MS;
}
