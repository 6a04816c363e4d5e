import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../scripts/paths';
import { clearDeadRuns, endThisRun, endThisRunOnSignals } from '../harness/leftovers';
import { measureAck } from './measures/ack';
import { measureCost } from './measures/cost';
import { measureIdle } from './measures/idle';
import { measureLazyEngine } from './measures/lazy-engine';
import { measureList } from './measures/list';
import { measureListMemory } from './measures/list-memory';
import { measureQueue } from './measures/queue';
import { measureSegments } from './measures/segments';
import { measureSoak } from './measures/soak';
import { measureStartup } from './measures/startup';
import { measureStores } from './measures/stores';
import { measureStaticData } from './measures/static-data';
import { measureStorm } from './measures/storm';
import { measureTokens } from './measures/tokens';
import { measureTools } from './measures/tools';
import { measureTurns } from './measures/turns';
import { machineDescription, machineNow } from './support/machine';
import { markdownTable, withSection } from './support/markdown-table';
import { noiseText } from './support/noise';
import { startRegularBench, type RegularBench } from './support/regular-bench';
import type { Section } from './support/section';
import { FULL, QUICK, type Sizes } from './support/sizes';

// `npm run bench` measures everything but the soak and the idle n8n and writes the tables into docs/benchmarks.md.
// Names pick measures: `npm run bench -- ack turns`. `--quick` is small and writes nothing.

const DOCUMENT = join(ROOT, 'docs/benchmarks.md');

interface Run {
	sizes: Sizes;
	minutes: number;
	/** The n8n that measures share, started on first use. */
	regular: () => Promise<RegularBench>;
}

const MEASURES: Record<string, (run: Run) => Promise<Section>> = {
	segments: measureSegments,
	stores: ({ sizes }) => measureStores(sizes),
	'static-data': async ({ sizes, regular }) => await measureStaticData(await regular(), sizes),
	startup: ({ sizes }) => measureStartup(sizes),
	ack: async ({ sizes, regular }) => await measureAck(await regular(), sizes),
	turns: async ({ sizes, regular }) => await measureTurns(await regular(), sizes),
	cost: async ({ sizes, regular }) => await measureCost(await regular(), sizes),
	list: async ({ sizes, regular }) => await measureList(await regular(), sizes),
	'list-memory': ({ sizes }) => measureListMemory(sizes),
	storm: async ({ regular }) => await measureStorm(await regular()),
	tools: async ({ sizes, regular }) => await measureTools(await regular(), sizes),
	tokens: async ({ regular }) => await measureTokens(await regular()),
	'lazy-engine': ({ sizes }) => measureLazyEngine(sizes),
	queue: ({ sizes }) => measureQueue(sizes),
	idle: ({ sizes }) => measureIdle(sizes),
	soak: ({ minutes }) => measureSoak({ minutes }),
};

/** They take long and need nobody to watch. */
const ONLY_WHEN_NAMED = ['idle', 'soak'];

async function main(): Promise<void> {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			quick: { type: 'boolean', default: false },
			minutes: { type: 'string', default: '30' },
			threads: { type: 'string' },
			rounds: { type: 'string' },
		},
	});
	const all = Object.keys(MEASURES).filter((name) => !ONLY_WHEN_NAMED.includes(name));
	const names = positionals.length > 0 ? positionals : all;
	const unknown = names.filter((name) => !MEASURES[name]);
	if (unknown.length > 0) {
		const known = Object.keys(MEASURES).join(', ');
		throw new Error(`There is no measure ${unknown.join(', ')}. There are: ${known}.`);
	}
	const base = values.quick ? QUICK : FULL;
	const sizes = {
		...base,
		...(values.threads && { threads: Number(values.threads) }),
		...(values.rounds && { rounds: Number(values.rounds) }),
	};
	let regular: Promise<RegularBench> | undefined;
	const run: Run = {
		sizes,
		minutes: Number(values.minutes),
		regular: () => (regular ??= startRegularBench()),
	};
	try {
		for (const name of names) await measure(name, run, !values.quick);
	} finally {
		await (await regular)?.close();
	}
}

async function measure(name: string, run: Run, write: boolean): Promise<void> {
	console.log(`\n## ${name} ...`);
	const before = machineNow();
	const started = Date.now();
	const section = await MEASURES[name]?.(run);
	if (!section) return;
	const seconds = ((Date.now() - started) / 1_000).toFixed(0);
	const when = new Date(started).toISOString().slice(0, 16).replace('T', ' ');
	const conditions = `${when} UTC, ${seconds} s. ${noiseText([before, machineNow()])}`;
	const content = [
		...section.tables.map(markdownTable),
		...(section.notes ?? []),
		`*${conditions} ${machineDescription()}.*`,
	].join('\n\n');
	console.log(content);
	if (write) writeFileSync(DOCUMENT, withSection(readFileSync(DOCUMENT, 'utf8'), name, content));
}

clearDeadRuns();
endThisRunOnSignals();
void main().catch((error: unknown) => {
	console.error(error);
	endThisRun();
	process.exit(1);
});
