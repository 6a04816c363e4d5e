import { createHash } from 'node:crypto';
import { cpus, loadavg, totalmem } from 'node:os';
import { median } from './statistics';

/** How busy and how fast the machine is at a moment. */
export interface MachineNow {
	/** Mean number of processes that wanted to run in the last minute. */
	load: number;
	/** Milliseconds of a fixed piece of work on one processor. */
	yardstickMs: number;
}

const BLOCK = Buffer.alloc(1024 * 1024, 7);

/** The same work every time: what else runs on the machine shows in it. */
export function machineNow(): MachineNow {
	const times = Array.from({ length: 5 }, () => {
		const started = performance.now();
		const hash = createHash('sha256');
		for (let block = 0; block < 32; block++) hash.update(BLOCK);
		hash.digest();
		return performance.now() - started;
	});
	return { load: loadavg()[0] ?? NaN, yardstickMs: median(times) };
}

export function machineDescription(): string {
	const [first] = cpus();
	const memory = (totalmem() / 2 ** 30).toFixed(0);
	return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${memory} GB, Node ${process.version}`;
}
