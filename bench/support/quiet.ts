import { setTimeout as pause } from 'node:timers/promises';
import { cpuMsOf } from './process-group';

const LOOK_MS = 300;
/** What an n8n without work uses in that time: timers, the database, garbage collection. */
const IDLE_MS = 30;

/**
 * Resolves when n8n has done what it was given, seen by its use of the processor, and gives the
 * milliseconds used since `before`.
 */
export async function cpuUntilQuiet(group: number, before: number): Promise<number> {
	let last = cpuMsOf(group);
	for (let calm = 0; calm < 2;) {
		await pause(LOOK_MS);
		const used = cpuMsOf(group);
		calm = used - last <= IDLE_MS ? calm + 1 : 0;
		last = used;
	}
	return last - before;
}
