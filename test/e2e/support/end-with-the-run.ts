import { constants } from 'node:os';
import { endLeftoverProcesses } from './n8n-process';

/** Jest loads the set-up of each project anew, in one process. */
const run = globalThis as { smsAgentProcessesEnd?: boolean };

/**
 * Sees to it that no n8n outlives the tests: not one of an earlier run, nor of this one if it is cut
 * off. Only the first of several projects does something: for the next, what that one has started
 * would look left over.
 */
export function endProcessesWithTheRun(): void {
	if (run.smsAgentProcessesEnd) return;
	run.smsAgentProcessesEnd = true;
	endLeftoverProcesses();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => {
			endLeftoverProcesses(); // those of this run included: nobody else would
			process.exit(128 + constants.signals[signal]);
		});
	}
}
