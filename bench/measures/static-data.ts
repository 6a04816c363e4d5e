import { LiveThreads } from '../../nodes/shared/threads/stores/static-data/live-threads';
import { DEFAULT_LIMITS } from '../../nodes/shared/threads/thread-limits';
import { STATIC_DATA_KEY } from '../../nodes/shared/n8n/stores/automatic-place';
import type { Build } from '../support/build';
import { figure, percent } from '../support/figures';
import { BODY, PER_THREAD, threadIdOf } from '../support/filled-stores';
import { saturatingLoad } from '../support/load';
import { cpuMsOf } from '../support/process-group';
import { cpuUntilQuiet } from '../support/quiet';
import type { RegularBench } from '../support/regular-bench';
import { figuresOf, inRounds } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, spread } from '../support/statistics';
import { storedText } from '../support/stored-text';

const OUTSTANDING = 4;
const THREADS = ['10', '100', '1000'] as const;
/** Beyond the default bound, to show what the bound is for. */
const MAX_THREADS = 2_000;

/** What a turn costs as the conversations of a workflow grow: n8n writes them all down each time. */
export async function measureStaticData(bench: RegularBench, sizes: Sizes): Promise<Section> {
	const { fixture, host } = bench;
	const builds = new Map<string, Build>();
	for (const threads of THREADS) {
		const staticData = { global: { [STATIC_DATA_KEY]: filled(Number(threads)) } };
		const trigger = { options: { maxThreads: MAX_THREADS } };
		const reply = { options: {} };
		builds.set(threads, await fixture.start('ours-static', { staticData, trigger, reply }));
	}
	const count = Math.ceil(sizes.turns / 2);
	const results = await inRounds(THREADS, Math.min(3, sizes.rounds), async (threads) => {
		const build = builds.get(threads);
		if (!build) throw new Error(`No build with ${threads} threads`);
		const before = cpuMsOf(host.pid);
		const load = { outstanding: OUTSTANDING, count };
		const { elapsedMs } = await saturatingLoad(fixture, build, load);
		const cpuMs = await cpuUntilQuiet(host.pid, before);
		await fixture.emulators.forget();
		return { perSecond: (count * 1_000) / elapsedMs, cpuMs: cpuMs / count };
	});
	const rows: string[][] = [];
	for (const threads of THREADS) {
		const build = builds.get(threads);
		const cpu = figuresOf(results, threads, ({ cpuMs }) => cpuMs);
		rows.push([
			threads,
			build ? `${((await savedBytes(bench, build)) / 1000).toFixed(0)} kB` : '',
			figure(median(figuresOf(results, threads, ({ perSecond }) => perSecond))),
			figure(median(cpu)),
			percent(spread(cpu)),
		]);
		if (build) await fixture.end(build);
	}
	const { maxThreads, messagesPerThread } = DEFAULT_LIMITS;
	return {
		tables: [
			{
				caption: `Conversations in the workflow: turns a second (${OUTSTANDING} under way) by the number of threads of ${PER_THREAD} messages there at the start`,
				columns: [
					'threads',
					'saved with every turn',
					'turns/s',
					'n8n processor ms a turn',
					'spread of rounds',
				],
				rows,
			},
		],
		notes: [
			`By default a workflow keeps ${maxThreads} threads of ${messagesPerThread} messages; beyond that the ones silent longest are forgotten.`,
		],
	};
}

async function savedBytes({ host }: RegularBench, { workflowId }: Build): Promise<number> {
	const workflow = await host.client.api<{ staticData: unknown }>(
		'GET',
		`/workflows/${workflowId}`,
	);
	return JSON.stringify(workflow.staticData).length;
}

/** As the store itself saves them. */
function filled(threads: number): string {
	const live = new LiveThreads();
	const now = Date.now();
	for (let index = 0; index < threads; index++) {
		const messages = Array.from({ length: PER_THREAD }, () =>
			storedText(BODY, { at: new Date(now).toISOString() }),
		);
		live.add(threadIdOf(index), messages, { ...DEFAULT_LIMITS, maxThreads: threads }, now);
	}
	return live.toJSON();
}
