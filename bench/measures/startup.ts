import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DIST, E2E_FOLDER, ROOT } from '../../scripts/paths';
import { ensureBuilt } from '../../scripts/build/build-package';
import { packPackage, PACKED_BYTES_BUDGET } from '../../scripts/build/package-budget';
import manifest from '../../package.json';
import { claimPort } from '../../harness/claim-port';
import { installPackage, packedTarball } from '../../harness/install-package';
import { RestartableN8n } from '../../harness/restartable-n8n';
import { copyOfTemplate } from '../../harness/template-folder';
import { figure, percent, ratioText, verdict } from '../support/figures';
import { cpuMsOf, memoryMbOf } from '../support/process-group';
import { figuresOf, inRounds } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, pairedRatio, spread } from '../support/statistics';

/** n8n goes on loading a little after it has said that it is ready. */
const SETTLE_MS = 3_000;
const LOADS = 15;
const ENTRY_BUDGET_MS = 10;

interface Start {
	seconds: number;
	cpuSeconds: number;
	memoryMb: number;
}

const CASES = ['without', 'with'] as const;
const READINGS = [
	['seconds until ready', ({ seconds }: Start) => seconds],
	['processor seconds', ({ cpuSeconds }: Start) => cpuSeconds],
	['MB of memory', ({ memoryMb }: Start) => memoryMb],
] as const;

/** What having the package installed costs an n8n that does nothing. */
export async function measureStartup(sizes: Sizes): Promise<Section> {
	const results = await inRounds(CASES, sizes.starts, async (which) => {
		return await startOnce(which === 'with');
	});
	const rows = READINGS.map(([label, read]) => {
		const [without, installed] = CASES.map((which) => figuresOf(results, which, read));
		const [bare, full] = [without ?? [], installed ?? []];
		return [
			label,
			figure(median(bare)),
			figure(median(full)),
			ratioText(pairedRatio(full, bare)),
			percent(spread(bare)),
		];
	});
	await ensureBuilt();
	const loads = Array.from({ length: LOADS }, entryLoadMs);
	const { size } = await packPackage(ROOT);
	return {
		tables: [
			{
				caption: 'A start of n8n',
				columns: [
					'',
					'without the package',
					'with it',
					'ratio',
					'spread of rounds without it',
				],
				rows,
			},
			{
				caption: 'The package itself',
				columns: ['', 'figure', 'target'],
				rows: [
					[
						'ms to load all entry files together, median',
						figure(median(loads)),
						verdict({ median: median(loads) }, { atMost: ENTRY_BUDGET_MS }),
					],
					[
						'kB packed',
						figure(size / 1000),
						verdict({ median: size / 1000 }, { atMost: PACKED_BYTES_BUDGET / 1000 }),
					],
				],
			},
		],
	};
}

async function startOnce(withPackage: boolean): Promise<Start> {
	const userFolder = await copyOfTemplate();
	if (withPackage) await installPackage(userFolder, await packedTarball());
	const port = await claimPort();
	const logFile = join(E2E_FOLDER, 'logs', 'bench-startup.log');
	const started = performance.now();
	const n8n = await RestartableN8n.start({ userFolder, port, env: {}, logFile });
	const seconds = (performance.now() - started) / 1_000;
	await pause(SETTLE_MS);
	const figures = {
		seconds,
		cpuSeconds: cpuMsOf(n8n.pid) / 1_000,
		memoryMb: memoryMbOf(n8n.pid),
	};
	await n8n.stop();
	rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 });
	return figures;
}

/** In a fresh Node that has n8n-workflow already, as n8n has. */
function entryLoadMs(): number {
	const entries = [...manifest.n8n.nodes, ...manifest.n8n.credentials].map((entry) =>
		join(DIST, entry.replace(/^dist\//, '')),
	);
	const script = `require('n8n-workflow');
		const started = performance.now();
		for (const entry of ${JSON.stringify(entries)}) require(entry);
		console.log(performance.now() - started);`;
	return Number(execFileSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' }));
}
