import { FILLS, PER_THREAD, BODY, threadIdOf, type FilledStore } from '../support/filled-stores';
import { figure, ratioText, verdict } from '../support/figures';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, pairedRatio, quantile } from '../support/statistics';
import { storedText } from '../support/stored-text';

const FEW = 100;
type Side = 'few' | 'many';
/** Calls on one side before the other has its turn: few, or the machine's moods would lie between them. */
const CALLS_IN_TURN = 50;
const WARM_UP_CALLS = 200;

/** Whether a text costs a store the same among many conversations as among few. */
export async function measureStores(sizes: Sizes): Promise<Section> {
	const rows: string[][] = [];
	for (const kind of ['redis', 'postgres', 'embedded'] as const) {
		const few = await FILLS[kind](FEW);
		const many = await FILLS[kind](sizes.threads);
		const sides = { few: { ...few, threads: FEW }, many: { ...many, threads: sizes.threads } };
		try {
			await roundMs(sides, WARM_UP_CALLS);
			const rounds: Array<Record<Side, number[]>> = [];
			for (let round = 0; round < sizes.rounds; round++) {
				rounds.push(await roundMs(sides, sizes.storeCalls));
			}
			const medians = (side: Side) => rounds.map((round) => median(round[side]));
			const all = (side: Side) => rounds.flatMap((round) => round[side]);
			const ratio = pairedRatio(medians('many'), medians('few'));
			rows.push([
				kind,
				figure(median(medians('few'))),
				figure(median(medians('many'))),
				ratioText(ratio),
				figure(quantile(all('few'), 0.99)),
				figure(quantile(all('many'), 0.99)),
				`${(many.bytesPerThread / 1000).toFixed(1)} kB`,
				verdict(ratio, { atMost: 1.3 }),
			]);
		} finally {
			await few.dispose();
			await many.dispose();
		}
	}
	const many = sizes.threads.toLocaleString('en');
	return {
		tables: [
			{
				caption: `Milliseconds to append a text and read the newest ${PER_THREAD}, among ${FEW} and among ${many} threads of ${PER_THREAD} messages`,
				columns: [
					'Store',
					`p50, ${FEW}`,
					`p50, ${many}`,
					'ratio',
					`p99, ${FEW}`,
					`p99, ${many}`,
					'a thread takes',
					'target',
				],
				rows,
			},
		],
	};
}

type Sides = Record<Side, FilledStore & { threads: number }>;

async function roundMs(sides: Sides, calls: number): Promise<Record<Side, number[]>> {
	const times: Record<Side, number[]> = { few: [], many: [] };
	for (let done = 0, turn = 0; done < calls; done += CALLS_IN_TURN, turn++) {
		const order: Side[] = turn % 2 === 0 ? ['few', 'many'] : ['many', 'few'];
		for (const side of order) times[side].push(...(await appendsMs(sides[side])));
	}
	return times;
}

/** One after the other, each on another thread far from the last. */
async function appendsMs({ store, threads }: Sides[Side]): Promise<number[]> {
	const times: number[] = [];
	for (let call = 0; call < CALLS_IN_TURN; call++) {
		const threadId = threadIdOf(Math.floor(Math.random() * threads));
		const text = storedText(BODY, {
			messageSid: `SM${crypto.randomUUID().replaceAll('-', '')}`,
		});
		const started = performance.now();
		const { thread } = await store.threads.append(threadId, [text], PER_THREAD);
		times.push(performance.now() - started);
		if (thread.messages.length !== PER_THREAD) throw new Error('A thread is not filled');
	}
	return times;
}
