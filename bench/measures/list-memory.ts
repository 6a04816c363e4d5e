import { LABELS } from '../support/build';
import { figure, verdict } from '../support/figures';
import type { ListKey } from '../support/list-workflow';
import { forgetPeakOf, memoryMbOf, peakMemoryMbOf } from '../support/process-group';
import { resourceProbe } from '../support/process-resources';
import { startRegularBench } from '../support/regular-bench';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { textList } from '../support/texted-list';

const KEYS: readonly ListKey[] = ['http', 'ours-redis'];
const WARM_UP_TEXTS = 200;
/** As fast as Send SMS is, about. */
const QUICK_MS = 40;

interface Growth {
	/** Megabytes of the process at its highest. */
	peakMb: number;
	/** Megabytes in use when nine of ten texts were sent, after a garbage collection. */
	heldMb: number;
	/** The same when the run was over. */
	leftMb: number;
	seconds: number;
}

/** What a long list takes of n8n's memory, each in an n8n of its own; Twilio answers at once. */
export async function measureListMemory({ longListTexts: count }: Sizes): Promise<Section> {
	const grown = new Map<ListKey, Growth>();
	for (const key of KEYS) grown.set(key, await growthOf(key, count));
	const rows = [...grown].map(([key, { peakMb, heldMb, leftMb, seconds }]) => [
		key === 'http' ? "n8n's HTTP Request" : LABELS[key],
		figure(peakMb),
		figure(heldMb),
		figure(leftMb),
		figure(seconds),
		key === 'http' ? '' : verdict({ median: heldMb }, { atMost: 150 }),
	]);
	return {
		tables: [
			{
				caption: `Megabytes more than before, a list of ${count.toLocaleString('en')} texts, Twilio answering at once`,
				columns: [
					'Build',
					'process, at most',
					'heap in use, nine tenths sent',
					'heap in use, at the end',
					'seconds',
					'target (heap in use)',
				],
				rows,
			},
		],
	};
}

async function growthOf(key: ListKey, count: number): Promise<Growth> {
	const probe = resourceProbe();
	const bench = await startRegularBench(probe.env);
	const { fixture, host } = bench;
	try {
		const build = await fixture.startList(key, QUICK_MS);
		await textList(fixture, build, WARM_UP_TEXTS);
		const before = await probe.ask(host.pid);
		forgetPeakOf(host.pid);
		const memoryBefore = memoryMbOf(host.pid);
		let held: Promise<{ heapMb: number }> | undefined;
		const { seconds } = await textList(fixture, build, count, (sent) => {
			if (sent >= count * 0.9) held ??= probe.ask(host.pid);
		});
		const peakMb = peakMemoryMbOf(host.pid) - memoryBefore;
		const heldMb = ((await held)?.heapMb ?? NaN) - before.heapMb;
		const leftMb = (await probe.ask(host.pid)).heapMb - before.heapMb;
		return { peakMb, heldMb, leftMb, seconds };
	} finally {
		await bench.close();
		probe.dispose();
	}
}
