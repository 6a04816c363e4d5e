import type { IAllExecuteFunctions } from 'n8n-workflow';
import { systemClock } from './system-clock';
import { withoutSecrets } from '../../messaging/reason-of';
import { processWide } from '../../process/process-wide';
import type { Clock } from '../../messaging/clock';

/** Of one kind, a line a minute. `what` holds no word of a text; secrets in it are blanked. */
export function logWarning(
	context: Pick<IAllExecuteFunctions, 'getNode' | 'getWorkflow' | 'logger'>,
	kind: string,
	what: string,
): void {
	const { id, name } = context.getNode();
	const allowed = mayLog(`${context.getWorkflow().id ?? ''}:${id}:${kind}`, systemClock);
	if (allowed === undefined) return;
	const repeated = allowed.withheld > 0 ? ` (and ${allowed.withheld} more like it)` : '';
	context.logger.warn(`${name}: ${withoutSecrets(what)}${repeated}`);
}

/** Milliseconds between two log lines of one kind: whoever sends garbage must not fill the log. */
const QUIET_MS = 60_000;

interface Line {
	loggedAt: number;
	withheld: number;
}

const lines = processWide('log-lines', 2, () => new Map<string, Line>());

/** How many lines of this kind were withheld since the last one; undefined: withhold this one too. */
export function mayLog(kind: string, clock: Clock): { withheld: number } | undefined {
	const last = lines.get(kind);
	if (last !== undefined && clock.elapsed() - last.loggedAt < QUIET_MS) {
		last.withheld += 1;
		return undefined;
	}
	lines.set(kind, { loggedAt: clock.elapsed(), withheld: 0 });
	return { withheld: last?.withheld ?? 0 };
}
