import { setTimeout as pause } from 'node:timers/promises';
import { LABELS, type BuildKey } from '../support/build';
import { figure } from '../support/figures';
import { saturatingLoad, steadyLoad } from '../support/load';
import { memoryMbOf, openFilesOf, threadsOf } from '../support/process-group';
import { resourceProbe, type HeldResources } from '../support/process-resources';
import { startRegularBench } from '../support/regular-bench';
import type { Section } from '../support/section';
import { median } from '../support/statistics';

const KEY: BuildKey = 'ours-redis';
const SAMPLES = 10;
const PROBE_TURNS = 80;
/** Connections that nobody uses any more, and claims of finished turns, are let go within it. */
const SETTLE_MS = 5_000;

interface Sample extends HeldResources {
	minute: number;
	memoryMb: number;
	openFiles: number;
	threads: number;
	replyMs: number;
}

const READINGS: ReadonlyArray<[label: string, read: (sample: Sample) => number]> = [
	['MB of memory', ({ memoryMb }) => memoryMb],
	['MB of heap in use', ({ heapMb }) => heapMb],
	['open files', ({ openFiles }) => openFiles],
	['connections', ({ connections }) => connections],
	['timers', ({ timers }) => timers],
	['threads', ({ threads }) => threads],
];

/** Half of what n8n can do, for a long time: what grows then grows without end. */
export async function measureSoak({ minutes }: { minutes: number }): Promise<Section> {
	const probe = resourceProbe();
	const bench = await startRegularBench(probe.env);
	const { fixture, host } = bench;
	try {
		const build = await bench.build(KEY);
		const sustained = async () => {
			const load = { outstanding: 20, count: PROBE_TURNS };
			return (PROBE_TURNS * 1_000) / (await saturatingLoad(fixture, build, load)).elapsedMs;
		};
		await sustained(); // a warm-up
		const perSecond = (await sustained()) / 2;
		const samples: Sample[] = [];
		const count = Math.ceil((perSecond * minutes * 60) / SAMPLES);
		for (let index = 1; index <= SAMPLES; index++) {
			const { turns } = await steadyLoad(fixture, build, { perSecond, count });
			await fixture.emulators.forget();
			await pause(SETTLE_MS);
			samples.push({
				...(await probe.ask(host.pid)),
				minute: (index * minutes) / SAMPLES,
				memoryMb: memoryMbOf(host.pid),
				openFiles: openFilesOf(host.pid),
				threads: threadsOf(host.pid),
				replyMs: median(turns.map(({ replyMs }) => replyMs ?? NaN)),
			});
		}
		return sectionOf(samples, `${minutes} minutes at ${figure(perSecond)} turns a second`);
	} finally {
		await bench.close();
		probe.dispose();
	}
}

function sectionOf(samples: readonly Sample[], how: string): Section {
	return {
		tables: [
			{
				caption: `${LABELS[KEY]}, ${how}`,
				columns: ['minute', ...READINGS.map(([label]) => label), 'reply p50, ms'],
				rows: samples.map((sample) => [
					figure(sample.minute),
					...READINGS.map(([, read]) => shown(read(sample))),
					figure(sample.replyMs),
				]),
			},
		],
		notes: [growth(samples)],
	};
}

/** Counts are exact. */
const shown = (value: number) => (Number.isInteger(value) ? String(value) : figure(value));

/** The first half lets caches fill; what matters is whether the second half still grows. */
function growth(samples: readonly Sample[]): string {
	const half = samples.slice(samples.length / 2);
	const [first, last] = [half[0], half.at(-1)];
	if (!first || !last) return '';
	const changes = READINGS.map(([label, read]) => `${label} ${shown(read(last) - read(first))}`);
	return `Change in the second half: ${changes.join(', ')}.`;
}
