import { LAZY_ENGINE } from '../../harness/n8n-host';
import { startQueueN8n } from '../../harness/queue-n8n';
import { openBenchFixture } from '../support/bench-fixture';
import { LABELS, type Build, type BuildKey } from '../support/build';
import { figure, percent, ratioText } from '../support/figures';
import { saturatingLoad } from '../support/load';
import { figuresOf, inRounds } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { startEmulators } from '../support/emulators';
import { median, pairedRatio, spread } from '../support/statistics';

const OUTSTANDING = 20;
const WORKERS = [3, 2, 1];
const REFERENCE: BuildKey = 'ai-agent-redis';
const COLUMNS = ['Build', 'turns/s', 'spread of rounds', `over ${LABELS[REFERENCE]}`];
const KEYS: BuildKey[] = [REFERENCE, 'ours-redis', 'ours-postgres'];

/** Two-way turns of an n8n with a webhook processor and workers, all on this machine. */
export async function measureQueue(sizes: Sizes): Promise<Section> {
	const byDefault = await turnsIn(sizes, {});
	const lazy = await turnsIn(sizes, LAZY_ENGINE);
	const caption = `Two-way turns a second in queue mode, ${OUTSTANDING} under way at a time`;
	const [setting] = Object.entries(LAZY_ENGINE).map((entry) => entry.join('='));
	return {
		tables: [
			{ caption, columns: COLUMNS, rows: byDefault },
			{ caption: `${caption}, with \`${setting}\``, columns: COLUMNS, rows: lazy },
		],
	};
}

async function turnsIn(sizes: Sizes, env: Record<string, string>): Promise<string[][]> {
	const emulators = await startEmulators();
	const n8n = await startQueueN8n({ workers: Math.max(...WORKERS), env });
	const fixture = await openBenchFixture(n8n, emulators);
	try {
		const builds = new Map<BuildKey, Build>();
		for (const key of KEYS) builds.set(key, await fixture.start(key));
		const rows: string[][] = [];
		for (const workers of WORKERS) {
			// Fewer each time: stopping one is quicker than starting one.
			await Promise.all(
				n8n.processes.workers.slice(workers, workers + 1).map((worker) => worker.stop()),
			);
			const results = await inRounds(KEYS, Math.min(3, sizes.rounds), async (key, warmUp) => {
				const build = builds.get(key);
				if (!build) throw new Error(`No build ${key}`);
				const count = warmUp ? OUTSTANDING : sizes.turns;
				const load = { outstanding: OUTSTANDING, count };
				const { elapsedMs } = await saturatingLoad(fixture, build, load);
				await emulators.forget();
				return (count * 1_000) / elapsedMs;
			});
			const figures = (key: BuildKey) => figuresOf(results, key, (perSecond) => perSecond);
			for (const key of KEYS) {
				rows.unshift([
					`${LABELS[key]}, ${workers} worker${workers > 1 ? 's' : ''}`,
					figure(median(figures(key))),
					percent(spread(figures(key))),
					ratioText(pairedRatio(figures(key), figures(REFERENCE))),
				]);
			}
		}
		return rows;
	} finally {
		await n8n.stop();
		await fixture.close();
		await emulators.close();
	}
}
