import { LAZY_ENGINE } from '../../harness/n8n-host';
import type { BuildKey } from '../support/build';
import { startRegularBench } from '../support/regular-bench';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { measureAck } from './ack';
import { measureCost } from './cost';
import { measureTurns } from './turns';

const KEYS: BuildKey[] = [
	'webhook',
	'ai-agent-window',
	'ai-agent-redis',
	'ours-static',
	'ours-file',
	'ours-redis',
];

/** The same with a setting of n8n's that spares both sides work, ours more of it. */
export async function measureLazyEngine(sizes: Sizes): Promise<Section> {
	const bench = await startRegularBench(LAZY_ENGINE);
	try {
		const sections = [
			await measureAck(bench, sizes, KEYS),
			await measureTurns(bench, sizes, KEYS),
			await measureCost(bench, sizes),
		];
		return { tables: sections.flatMap(({ tables }) => tables) };
	} finally {
		await bench.close();
	}
}
