import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/paths';
import { poll } from '../../harness/poll';

const REPORTER = join(ROOT, 'bench/support/report-resources.cjs');

/** What a process holds, as Node itself counts it. */
export interface HeldResources {
	/** Megabytes of JavaScript's heap, after a garbage collection. */
	heapMb: number;
	timers: number;
	connections: number;
}

/** Asks a process that was started with `env` what it holds. */
export interface ResourceProbe {
	env: Record<string, string>;
	ask(pid: number): Promise<HeldResources>;
	dispose(): void;
}

export function resourceProbe(): ResourceProbe {
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-resources-'));
	const file = join(folder, 'resources.json');
	return {
		env: {
			NODE_OPTIONS: `--expose-gc --require ${REPORTER}`,
			BENCH_RESOURCES_FILE: file,
		},
		async ask(pid) {
			rmSync(file, { force: true });
			process.kill(pid, 'SIGUSR2');
			await poll('the resources of n8n', async () => existsSync(file) || undefined);
			return JSON.parse(readFileSync(file, 'utf8')) as HeldResources;
		},
		dispose() {
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
