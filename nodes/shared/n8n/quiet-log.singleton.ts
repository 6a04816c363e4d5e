import type { Clock } from '../messaging/clock';

/** Milliseconds between two log lines of one kind: whoever sends garbage must not fill the log. */
const QUIET_MS = 60_000;

const lines = new Map<string, { loggedAt: number; withheld: number }>();

/** How many lines of this kind were withheld since the last one; undefined: withhold this one too. */
export function mayLog(kind: string, clock: Clock): { withheld: number } | undefined {
	const last = lines.get(kind);
	if (last !== undefined && clock.now() - last.loggedAt < QUIET_MS) {
		last.withheld += 1;
		return undefined;
	}
	lines.set(kind, { loggedAt: clock.now(), withheld: 0 });
	return { withheld: last?.withheld ?? 0 };
}
