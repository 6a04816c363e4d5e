import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { E2E_FOLDER } from '../scripts/paths';

/**
 * A run is one process of ours, with all that it starts: Jest with its workers, for one. Everything
 * of it is in two folders.
 */
export interface Run {
	/** The process that the run is. */
	readonly pid: number;
	/** What the run leaves behind to be read: logs, screenshots. */
	readonly folder: string;
	/** What n8n keeps while it runs. Outside the clone: n8n must not find the clone's packages. */
	readonly temporary: string;
}

/** The folders of all runs of this clone, those that have ended included. */
export const RUNS = join(E2E_FOLDER, 'runs');

/** The run that has this name below `RUNS`. */
export function runNamed(name: string): Run {
	return {
		pid: Number(name.split('-')[0]),
		folder: join(RUNS, name),
		temporary: join(tmpdir(), `sms-agent-run-${name}`),
	};
}

/** Names the run to processes that belong to it. */
const NAME = 'SMS_AGENT_TEST_RUN';

/** Named after its start too: the system gives the id of a process again to later ones. */
export const thisRun = runNamed(
	process.env[NAME] ?? `${process.pid}-${Math.round(performance.timeOrigin)}`,
);

/** What this process starts from now on belongs to its run, unless its environment is another. */
export function shareThisRun(): void {
	process.env[NAME] = basename(thisRun.folder);
}

/** For a process that is to be a run of its own. */
export function environmentOfAnotherRun(): NodeJS.ProcessEnv {
	const environment = { ...process.env };
	delete environment[NAME];
	return environment;
}

/** Where the logs of this run are. */
export const LOGS = join(thisRun.folder, 'logs');

/** A new folder below this run's temporary one. */
export function temporaryFolder(prefix: string): string {
	mkdirSync(thisRun.temporary, { recursive: true });
	return mkdtempSync(join(thisRun.temporary, prefix));
}
