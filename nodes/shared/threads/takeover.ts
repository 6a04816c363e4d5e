import type { Takeover, ThreadState } from './thread-store';

/** Hours that a person keeps a thread after their last text, where nobody says otherwise. */
export const USUAL_PAUSE_HOURS = 12;
export const USUAL_PAUSE_MS = USUAL_PAUSE_HOURS * 3_600_000;

/**
 * The takeover that holds now; undefined where the agent speaks.
 *
 * @param now milliseconds since 1970.
 */
export function takeoverAt({ takeover }: ThreadState, now: number): Takeover | undefined {
	if (takeover === undefined) return undefined;
	return takeover.until === null || Date.parse(takeover.until) > now ? takeover : undefined;
}

export interface TakesOver {
	by: string;
	why: string;
	/** Milliseconds from now on, and after each text of a person; null until it is released. */
	pauseMs: number | null;
}

/**
 * The state with a person in command. A takeover that holds already stays the same one: it keeps its
 * beginning and is never shortened.
 */
export function takenOver(state: ThreadState, takes: TakesOver, now: number): ThreadState {
	const present = takeoverAt(state, now);
	if (present === undefined) {
		const since = new Date(now).toISOString();
		return { ...state, takeover: { ...takes, since, until: untilOf(takes.pauseMs, now) } };
	}
	const { since } = present;
	const until = later(present.until, untilOf(takes.pauseMs, now));
	const pauseMs = present.pauseMs === null ? null : takes.pauseMs;
	return { ...state, takeover: { ...takes, since, until, pauseMs } };
}

/** The state in which the agent speaks again. */
export function released({ takeover: _, ...state }: ThreadState): ThreadState {
	return state;
}

function untilOf(pauseMs: number | null, now: number): string | null {
	return pauseMs === null ? null : new Date(now + pauseMs).toISOString();
}

function later(one: string | null, other: string | null): string | null {
	if (one === null || other === null) return null;
	return one > other ? one : other;
}
