import { isTwoWay, LABELS, OURS, PEERS, type BuildKey } from '../support/build';
import { figure, ratioText, verdict } from '../support/figures';
import { steadyLoad, type Load } from '../support/load';
import type { RegularBench } from '../support/regular-bench';
import { figuresOf, inRounds, type RoundResults } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, pairedRatio, quantile, spread } from '../support/statistics';

const PER_SECOND = 4;

type Results = RoundResults<BuildKey, Load>;

const acks = ({ turns }: Load) => turns.map(({ ackMs }) => ackMs);
const replies = ({ turns }: Load) => turns.flatMap(({ replyMs }) => replyMs ?? []);
const pooled = (results: Results, key: BuildKey, read: (load: Load) => number[]) =>
	(results.get(key) ?? []).flatMap(read);

/** How long Twilio and the contact wait, at a pace that n8n can keep up with. */
export async function measureAck(
	bench: RegularBench,
	sizes: Sizes,
	keys: readonly BuildKey[] = [...PEERS, ...OURS],
): Promise<Section> {
	const results = await inRounds(keys, sizes.rounds, async (key, warmUp) => {
		const count = warmUp ? PER_SECOND : sizes.steadyTexts;
		const build = await bench.build(key);
		const load = await steadyLoad(bench.fixture, build, { perSecond: PER_SECOND, count });
		await bench.fixture.emulators.forget();
		return load;
	});
	return { tables: [ackTable(results, keys), replyTable(results, keys)] };
}

function ackTable(results: Results, keys: readonly BuildKey[]) {
	const p50 = (load: Load) => median(acks(load));
	const floor = 'webhook';
	const rows = keys.map((key) => {
		const rounds = figuresOf(results, key, p50);
		const ratio = pairedRatio(rounds, figuresOf(results, floor, p50));
		const p99 = quantile(pooled(results, key, acks), 0.99);
		const p99Ratio = p99 / quantile(pooled(results, floor, acks), 0.99);
		const targets = key.startsWith('ours')
			? [
					`p50 ${verdict(ratio, { atMost: 1.3 })}`,
					`p99 ${verdict({ median: p99Ratio }, { atMost: 1.5 })}`,
				].join('; ')
			: '';
		return [
			LABELS[key],
			figure(median(rounds)),
			ratioText(ratio),
			`${(spread(rounds) * 100).toFixed(0)} %`,
			figure(p99),
			p99Ratio.toFixed(2),
			targets,
		];
	});
	return {
		caption: `Milliseconds until Twilio has its answer, ${PER_SECOND} texts a second`,
		columns: ['Build', 'p50', 'over (a)', 'spread of rounds', 'p99', 'over (a)', 'target'],
		rows,
	};
}

function replyTable(results: Results, keys: readonly BuildKey[]) {
	const p50 = (load: Load) => median(replies(load));
	const rows = keys.filter(isTwoWay).map((key) => {
		const rounds = figuresOf(results, key, p50);
		const ratio = pairedRatio(rounds, figuresOf(results, 'ai-agent-window', p50));
		return [
			LABELS[key],
			figure(median(rounds)),
			ratioText(ratio),
			`${(spread(rounds) * 100).toFixed(0)} %`,
			figure(quantile(pooled(results, key, replies), 0.99)),
			key.startsWith('ours') ? verdict(ratio, { atMost: 1 }) : '',
		];
	});
	return {
		caption: `Milliseconds from the contact's text to the reply at Twilio, ${PER_SECOND} texts a second, a model that answers at once`,
		columns: ['Build', 'p50', 'over (c) Simple Memory', 'spread of rounds', 'p99', 'target'],
		rows,
	};
}
