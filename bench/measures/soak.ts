import { setTimeout as pause } from 'node:timers/promises';
import { LABELS, type BuildKey } from '../support/build';
import { figure } from '../support/figures';
import { saturatingLoad, steadyLoad } from '../support/load';
import { memoryMbOf, openFilesOf, threadsOf } from '../support/process-group';
import type { RegularBench } from '../support/regular-bench';
import type { Section } from '../support/section';
import { median } from '../support/statistics';

const SAMPLES = 10;
const PROBE_TURNS = 80;

interface Sample {
	minute: number;
	memoryMb: number;
	openFiles: number;
	threads: number;
	replyMs: number;
}

/** Half of what n8n can do, for a long time: what grows then grows without end. */
export async function measureSoak(
	bench: RegularBench,
	{ minutes, key = 'ours-redis' }: { minutes: number; key?: BuildKey },
): Promise<Section> {
	const { world, host } = bench;
	const build = await bench.build(key);
	const probe = async () => {
		const load = { outstanding: 20, count: PROBE_TURNS };
		return (PROBE_TURNS * 1_000) / (await saturatingLoad(world, build, load)).elapsedMs;
	};
	await probe(); // a warm-up
	const perSecond = (await probe()) / 2;
	const samples: Sample[] = [];
	const count = Math.ceil((perSecond * minutes * 60) / SAMPLES);
	for (let index = 1; index <= SAMPLES; index++) {
		const { turns } = await steadyLoad(world, build, { perSecond, count });
		await world.standIns.forget();
		await pause(1_000);
		samples.push({
			minute: (index * minutes) / SAMPLES,
			memoryMb: memoryMbOf(host.pid),
			openFiles: openFilesOf(host.pid),
			threads: threadsOf(host.pid),
			replyMs: median(turns.map(({ replyMs }) => replyMs ?? NaN)),
		});
	}
	const rows = samples.map(({ minute, memoryMb, openFiles, threads, replyMs }) => [
		figure(minute),
		figure(memoryMb),
		String(openFiles),
		String(threads),
		figure(replyMs),
	]);
	return {
		tables: [
			{
				caption: `${LABELS[key]}, ${minutes} minutes at ${figure(perSecond)} turns a second`,
				columns: ['minute', 'MB of memory', 'open files', 'threads', 'reply p50, ms'],
				rows,
			},
		],
		notes: [growth(samples)],
	};
}

/** The first half lets caches fill; what matters is whether the second half still grows. */
function growth(samples: readonly Sample[]): string {
	const half = samples.slice(samples.length / 2);
	const [first, last] = [half[0], half.at(-1)];
	if (!first || !last) return '';
	const change = (read: (sample: Sample) => number) => figure(read(last) - read(first));
	return `Change in the second half: ${change(({ memoryMb }) => memoryMb)} MB, ${change(({ openFiles }) => openFiles)} open files, ${change(({ threads }) => threads)} threads.`;
}
