import { processWide } from '../process/process-wide';

/** Milliseconds. A sweep costs a look at each thread that was written to of late. */
const EVERY_MS = 60_000;
/** The first one of a process looks back this far: n8n may have been down, but an answer has its time. */
const LOOK_BACK_MS = 24 * 60 * 60_000;
/** What a later sweep looks at again: a run needs a while before it can be taken for dead. */
const OVERLAP_MS = 10 * 60_000;

const sweptAt = processWide('sweeps', 1, () => new Map<string, number>());
/** When the thread was last written to that has waited longest with a run of which nobody knows. */
const openSince = processWide('sweeps of open runs', 1, () => new Map<string, number>());

/**
 * Since when to look for what was stranded, in milliseconds since 1970, if a sweep of `trigger` is
 * due in this process; then it counts as done.
 */
export function sweepDue(trigger: string, now: number): number | undefined {
	const last = sweptAt.get(trigger);
	if (last !== undefined && now - last < EVERY_MS) return undefined;
	sweptAt.set(trigger, now);
	if (last === undefined) return now - LOOK_BACK_MS;
	const open = openSince.get(trigger) ?? last;
	return Math.max(now - LOOK_BACK_MS, Math.min(last - OVERLAP_MS, open));
}

/** The next sweep looks back at least so far, in milliseconds since 1970; undefined for no further than usual. */
export function lookBackTo(trigger: string, at: number | undefined): void {
	if (at === undefined) openSince.delete(trigger);
	else openSince.set(trigger, at);
}

/** As if no sweep had been done: at publishing everything is looked at. */
export function forgetSweep(trigger: string): void {
	sweptAt.delete(trigger);
}
