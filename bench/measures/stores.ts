import { FILLS, PER_THREAD, BODY, threadIdOf, type FilledStore } from '../support/filled-stores';
import { figure, ratioText, verdict } from '../support/figures';
import { inRounds } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, pairedRatio, quantile } from '../support/statistics';
import { storedMessage } from '../../test/support/stored-message';

const FEW = 100;
const SIDES = ['few', 'many'] as const;

/** Whether a text costs a store the same among many conversations as among few. */
export async function measureStores(sizes: Sizes): Promise<Section> {
	const rows: string[][] = [];
	for (const kind of ['redis', 'postgres', 'embedded'] as const) {
		const few = await FILLS[kind](FEW);
		const many = await FILLS[kind](sizes.threads);
		const sides = { few: { ...few, threads: FEW }, many: { ...many, threads: sizes.threads } };
		try {
			const results = await inRounds(SIDES, sizes.rounds, (side) =>
				appendsMs(sides[side], sizes.storeCalls),
			);
			const rounds = (side: (typeof SIDES)[number]) => results.get(side) ?? [];
			const medians = (side: (typeof SIDES)[number]) => rounds(side).map(median);
			const ratio = pairedRatio(medians('many'), medians('few'));
			rows.push([
				kind,
				figure(median(medians('few'))),
				figure(median(medians('many'))),
				ratioText(ratio),
				figure(quantile(rounds('few').flat(), 0.99)),
				figure(quantile(rounds('many').flat(), 0.99)),
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

/** One after the other, each on another thread far from the last. */
async function appendsMs(
	{ store, threads }: FilledStore & { threads: number },
	calls: number,
): Promise<number[]> {
	const times: number[] = [];
	for (let call = 0; call < calls; call++) {
		const threadId = threadIdOf(Math.floor(Math.random() * threads));
		const text = storedMessage(BODY, {
			messageSid: `SM${crypto.randomUUID().replaceAll('-', '')}`,
		});
		const started = performance.now();
		const { thread } = await store.threads.append(threadId, [text], PER_THREAD);
		times.push(performance.now() - started);
		if (thread.messages.length !== PER_THREAD) throw new Error('A thread is not filled');
	}
	return times;
}
