import { isTwoWay, LABELS, OURS, PEERS, type BuildKey } from '../support/build';
import { figure, percent, ratioText, verdict, type Bound } from '../support/figures';
import { saturatingLoad } from '../support/load';
import { cpuMsOf } from '../support/process-group';
import { cpuUntilQuiet } from '../support/quiet';
import type { RegularBench } from '../support/regular-bench';
import { figuresOf, inRounds } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, pairedRatio, spread } from '../support/statistics';

const OUTSTANDING = 20;

interface Go {
	perSecond: number;
	cpuMs: number;
}

/** With what each of ours is compared, and how much faster it should be. */
const TARGETS: Partial<Record<BuildKey, { over: BuildKey; bound: Bound }>> = {
	'ours-static': { over: 'ai-agent-window', bound: { atLeast: 1 } },
	'ours-file': { over: 'ai-agent-window', bound: { atLeast: 1 } },
	'ours-redis': { over: 'ai-agent-redis', bound: { atLeast: 1.2 } },
	'ours-postgres': { over: 'ai-agent-postgres', bound: { atLeast: 1.2 } },
};

/** How many two-way turns n8n can do in a second, and what one costs it. */
export async function measureTurns(
	bench: RegularBench,
	sizes: Sizes,
	builds: readonly BuildKey[] = [...PEERS, ...OURS],
): Promise<Section> {
	const keys = builds.filter(isTwoWay);
	const results = await inRounds(keys, sizes.rounds, async (key, warmUp): Promise<Go> => {
		const count = warmUp ? OUTSTANDING : sizes.turns;
		const build = await bench.build(key);
		const before = cpuMsOf(bench.host.pid);
		const load = { outstanding: OUTSTANDING, count };
		const { elapsedMs } = await saturatingLoad(bench.fixture, build, load);
		const cpuMs = await cpuUntilQuiet(bench.host.pid, before);
		await bench.fixture.emulators.forget();
		return { perSecond: (count * 1_000) / elapsedMs, cpuMs: cpuMs / count };
	});
	const rows = keys.map((key) => {
		const rounds = figuresOf(results, key, ({ perSecond }) => perSecond);
		const target = TARGETS[key];
		const over = target && figuresOf(results, target.over, ({ perSecond }) => perSecond);
		const ratio = over && pairedRatio(rounds, over);
		return [
			LABELS[key],
			figure(median(rounds)),
			percent(spread(rounds)),
			figure(median(figuresOf(results, key, ({ cpuMs }) => cpuMs))),
			target && ratio ? `${ratioText(ratio)} of ${LABELS[target.over]}` : '',
			target && ratio ? verdict(ratio, target.bound) : '',
		];
	});
	return {
		tables: [
			{
				caption: `Two-way turns a second, ${OUTSTANDING} under way at a time, a model that answers at once`,
				columns: [
					'Build',
					'turns/s',
					'spread of rounds',
					'n8n processor ms a turn',
					'ratio',
					'target',
				],
				rows,
			},
		],
	};
}
