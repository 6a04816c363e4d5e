import { LABELS } from '../support/build';
import { figure, ratioText, verdict } from '../support/figures';
import { AT_ONCE, TWILIO_MS, type ListBuild, type ListKey } from '../support/list-workflow';
import { cpuMsOf } from '../support/process-group';
import { cpuUntilQuiet } from '../support/quiet';
import { redisTraffic } from '../support/redis-calls';
import type { RegularBench } from '../support/regular-bench';
import { figuresOf, inRounds } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, pairedRatio } from '../support/statistics';
import { textList, type TextedList } from '../support/texted-list';

const KEYS: readonly ListKey[] = ['http', 'ours-redis', 'ours-file', 'ours-postgres'];
const labelOf = (key: ListKey) => (key === 'http' ? "n8n's HTTP Request" : LABELS[key]);

interface Go extends TextedList {
	/** For each text. */
	cpuMs: number;
	/** Of scripts in Redis, for each text. */
	scripts: number;
	/** Of what came to Redis, for each text; fifty texts that are asked for together come in one or two. */
	reads: number;
}

/** A text for each item of a list, by Send SMS and by n8n's own HTTP Request. */
export async function measureList(bench: RegularBench, sizes: Sizes): Promise<Section> {
	const { fixture, host } = bench;
	const { emulators } = fixture;
	const count = sizes.listTexts;
	const builds = new Map<ListKey, ListBuild>();
	for (const key of KEYS) builds.set(key, await fixture.startList(key, TWILIO_MS));
	const results = await inRounds(KEYS, Math.min(3, sizes.rounds), async (key, warmUp) => {
		const build = builds.get(key) as ListBuild;
		await emulators.answerAfter(TWILIO_MS);
		const texts = warmUp ? Math.ceil(count / 5) : count;
		const redisBefore = await redisTraffic(fixture.redis);
		const cpuBefore = cpuMsOf(host.pid);
		const texted = await textList(fixture, build, texts);
		const cpuMs = (await cpuUntilQuiet(host.pid, cpuBefore)) / texts;
		const redis = await redisTraffic(fixture.redis);
		await emulators.forget();
		return {
			...texted,
			cpuMs,
			scripts: (redis.scripts - redisBefore.scripts) / texts,
			reads: (redis.reads - redisBefore.reads) / texts,
		};
	});
	for (const build of builds.values()) await fixture.end(build);

	const figures = (key: ListKey, read: (go: Go) => number) => figuresOf(results, key, read);
	const rows = KEYS.map((key) => {
		const seconds = figures(key, (go) => go.seconds);
		const ratio = pairedRatio(
			seconds,
			figures('http', (go) => go.seconds),
		);
		const perSecond = count / median(seconds);
		const calls = median(figures(key, (go) => go.reads));
		const targets = [
			verdict(ratio, { atMost: 1.5 }),
			verdict({ median: perSecond }, { atLeast: 60 }),
			...(key === 'ours-redis' ? [verdict({ median: calls }, { atMost: 4 })] : []),
		];
		return [
			labelOf(key),
			figure(median(seconds)),
			figure(perSecond),
			ratioText(ratio),
			figure(median(figures(key, (go) => go.firstSeconds))),
			figure(median(figures(key, (go) => go.cpuMs))),
			key === 'ours-redis' ? figure(calls) : '',
			key === 'ours-redis' ? figure(median(figures(key, (go) => go.scripts))) : '',
			key === 'http' ? '' : targets.join('; '),
		];
	});
	return {
		tables: [
			{
				caption: `A list of ${count} texts, ${AT_ONCE} at once, Twilio answering after ${TWILIO_MS} ms`,
				columns: [
					'Build',
					'seconds',
					'texts/s',
					'over HTTP Request',
					'first text, s',
					'n8n processor ms a text',
					'round trips to Redis a text',
					'scripts in Redis a text',
					'target',
				],
				rows,
			},
		],
		notes: [
			`${AT_ONCE} at once and ${TWILIO_MS} ms allow ${figure((AT_ONCE * 1_000) / TWILIO_MS)} texts a second.`,
		],
	};
}
