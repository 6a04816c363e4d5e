import { constants } from 'node:os';
import { endLeftoverProcesses } from './n8n-process';

/** Sees to it that no n8n outlives the tests: not one of an earlier run, nor of this one if it is cut off. */
export function endProcessesWithTheRun(): void {
	endLeftoverProcesses();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => {
			endLeftoverProcesses(); // those of this run included: nobody else would
			process.exit(128 + constants.signals[signal]);
		});
	}
}
