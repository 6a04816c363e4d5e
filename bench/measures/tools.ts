import type { INode } from 'n8n-workflow';
import { LABELS, type Build } from '../support/build';
import { figure, percent, ratioText, verdict } from '../support/figures';
import { saturatingLoad } from '../support/load';
import { cpuMsOf } from '../support/process-group';
import { promptTokens } from '../support/prompt-tokens';
import { cpuUntilQuiet } from '../support/quiet';
import type { RegularBench } from '../support/regular-bench';
import { figuresOf, inRounds } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, pairedRatio, spread } from '../support/statistics';

const OUTSTANDING = 20;
/** The emulated model calls the tool for it, and then says what it gave. */
const ASKS = 'call tool Opening_Hours with {"input":"today"}';

const TOOL: INode = {
	id: 'hours',
	name: 'Opening Hours',
	type: '@n8n/n8n-nodes-langchain.toolCode',
	typeVersion: 1.3,
	position: [260, 220],
	parameters: { description: 'When we are open', jsCode: "return 'from 9 to 5';" },
};

const AGENT = 'ai-agent-redis';
const WITHOUT = 'without';

/** What one call of a tool costs a turn, beside n8n's AI Agent with the same tool. */
export async function measureTools(bench: RegularBench, sizes: Sizes): Promise<Section> {
	const { fixture } = bench;
	const looksUp = { options: { lookUpTools: TOOL.name } };
	const builds: Record<string, { label: string; build: Build; body?: string }> = {
		[AGENT]: {
			label: `${LABELS[AGENT]}, a tool`,
			build: await fixture.start(AGENT, { tool: TOOL }),
			body: ASKS,
		},
		[WITHOUT]: {
			label: `${LABELS['ours-redis']}, without tools`,
			build: await fixture.start('ours-redis'),
		},
		acting: {
			label: `${LABELS['ours-redis']}, a tool`,
			build: await fixture.start('ours-redis', { tool: TOOL }),
			body: ASKS,
		},
		looking: {
			label: `${LABELS['ours-redis']}, a tool that only looks something up`,
			build: await fixture.start('ours-redis', { tool: TOOL, reply: looksUp }),
			body: ASKS,
		},
	};
	const keys = Object.keys(builds);
	const results = await inRounds(keys, sizes.rounds, async (key, warmUp) => {
		const one = builds[key];
		if (!one) throw new Error(`There is no build ${key}`);
		const count = warmUp ? OUTSTANDING : sizes.turns;
		const before = cpuMsOf(bench.host.pid);
		const load = { outstanding: OUTSTANDING, count, ...(one.body ? { body: one.body } : {}) };
		const { elapsedMs } = await saturatingLoad(fixture, one.build, load);
		const cpuMs = await cpuUntilQuiet(bench.host.pid, before);
		const requests = await fixture.emulators.modelRequests();
		await fixture.emulators.forget();
		const tokens = requests.map(promptTokens).reduce((sum, each) => sum + each, 0);
		return {
			perSecond: (count * 1_000) / elapsedMs,
			cpuMs: cpuMs / count,
			tokens: tokens / count,
			requests: requests.length / count,
		};
	});
	await Promise.all(Object.values(builds).map(({ build }) => fixture.end(build)));
	const rows = keys.map((key) => {
		const speeds = figuresOf(results, key, ({ perSecond }) => perSecond);
		const isToOutdo = key === 'acting' || key === 'looking';
		const ratio =
			isToOutdo &&
			pairedRatio(
				speeds,
				figuresOf(results, AGENT, ({ perSecond }) => perSecond),
			);
		return [
			builds[key]?.label ?? key,
			figure(median(speeds)),
			percent(spread(speeds)),
			figure(median(figuresOf(results, key, ({ cpuMs }) => cpuMs))),
			figure(median(figuresOf(results, key, (result) => result.requests))),
			String(Math.round(median(figuresOf(results, key, ({ tokens }) => tokens)))),
			ratio ? ratioText(ratio) : '',
			ratio ? verdict(ratio, { atLeast: 1 }) : '',
		];
	});
	return {
		tables: [
			{
				caption: `Turns in which the model calls one tool, ${OUTSTANDING} under way at a time`,
				columns: [
					'Build',
					'turns/s',
					'spread of rounds',
					'n8n processor ms a turn',
					'requests to the model',
					'prompt tokens a turn, estimated',
					'of the AI Agent with the tool',
					'target',
				],
				rows,
			},
		],
	};
}
