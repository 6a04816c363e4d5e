import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { isAlive } from './is-alive';
import { endProcessesOf } from './n8n-process';
import { RUNS, runNamed, thisRun, type Run } from './run';

/** Of so many runs that have ended one can still read the logs. */
const RUNS_KEPT = 5;

/**
 * Ends what runs have left behind that were cut off, and removes their data. A run whose process is
 * still there is left alone, whoever started it.
 */
export function clearDeadRuns(): void {
	mkdirSync(RUNS, { recursive: true });
	const dead = readdirSync(RUNS)
		.map(runNamed)
		.filter(({ pid, folder }) => folder !== thisRun.folder && !isAlive(pid));
	dead.forEach(clear);
	const oldestFirst = dead.sort((one, other) => startOf(one) - startOf(other));
	for (const { folder } of oldestFirst.slice(0, -RUNS_KEPT)) {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Ends every n8n that this run has started and that still runs, as when it is cut off. */
export function endThisRun(): void {
	clear(thisRun);
}

/** From now on a signal that ends this process ends its n8n too. */
export function endThisRunOnSignals(): void {
	if (signals.smsAgentRunEndsOnSignals) return;
	signals.smsAgentRunEndsOnSignals = true;
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => {
			endThisRun();
			process.exit(128 + constants.signals[signal]);
		});
	}
}

/** Jest loads the set-up of each project anew, in one process. */
const signals = globalThis as { smsAgentRunEndsOnSignals?: boolean };

function clear(run: Run): void {
	endProcessesOf(run);
	rmSync(run.temporary, { recursive: true, force: true, maxRetries: 5 });
}

function startOf({ folder }: Run): number {
	return Number(folder.split('-').at(-1));
}
