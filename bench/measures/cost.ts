import { figure, ratioText, verdict, type Bound } from '../support/figures';
import type { Build } from '../support/build';
import { saturatingLoad, textOf } from '../support/load';
import { cpuMsOf } from '../support/process-group';
import { cpuUntilQuiet } from '../support/quiet';
import type { RegularBench } from '../support/regular-bench';
import { figuresOf, inRounds } from '../support/rounds';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { median, pairedRatio } from '../support/statistics';
import { signText, type Delivered } from '../support/texting';

const OUTSTANDING = 4;
const BURST = 3;
/** Of Wait for More Texts, in the burst's build. */
const QUIET_SECONDS = 2;

const KINDS = [
	'webhook',
	'duplicate',
	'stop',
	'stop in Redis',
	'forged',
	'three turns',
	'burst of three',
] as const;
type Kind = (typeof KINDS)[number];

const ROWS: Record<Kind, { label: string; over?: Kind; bound?: Bound }> = {
	webhook: { label: '(a) Webhook alone, a text' },
	duplicate: { label: 'ours, a repeated delivery', over: 'webhook', bound: { atMost: 0.4 } },
	stop: { label: 'ours, STOP, in the workflow', over: 'webhook', bound: { atMost: 0.4 } },
	'stop in Redis': { label: 'ours, STOP, Redis', over: 'webhook', bound: { atMost: 0.4 } },
	forged: { label: 'ours, a forged signature', over: 'webhook', bound: { atMost: 0.4 } },
	'three turns': { label: 'ours, three texts one by one: three turns' },
	'burst of three': {
		label: 'ours, three texts at once: one turn',
		over: 'three turns',
		bound: { atMost: 0.5 },
	},
};

/** What requests cost n8n that need no run, and what gathering a burst saves. */
export async function measureCost(bench: RegularBench, sizes: Sizes): Promise<Section> {
	const { fixture, host } = bench;
	const ours = await bench.build('ours-static');
	const floor = await bench.build('webhook');
	const gathering = await fixture.start('ours-static', {
		trigger: { options: { quietSeconds: QUIET_SECONDS } },
	});
	const bursts = Math.ceil(sizes.requests / 5);
	// One that gets nothing else, so that its executions can be counted.
	const guarded = await fixture.start('ours-static');
	const guardedInRedis = await fixture.start('ours-redis');
	const repeated = signText(guarded, { from: fixture.contacts.next(), body: 'Hello' });
	await repeated.deliver();
	const stop = (build: Build) => signText(build, { from: fixture.contacts.next(), body: 'STOP' });
	const work: Record<Kind, (count: number) => Promise<number>> = {
		webhook: (count) =>
			deliveries(count, () => signText(floor, text(fixture.contacts.next())), 200),
		duplicate: (count) => deliveries(count, () => repeated, 200),
		stop: (count) => deliveries(count, () => stop(guarded), 200),
		'stop in Redis': (count) => deliveries(count, () => stop(guardedInRedis), 200),
		forged: (count) =>
			deliveries(
				count,
				() => signText(guarded, text(fixture.contacts.next()), 'forged'),
				403,
			),
		'three turns': async () => {
			const load = { outstanding: OUTSTANDING, count: bursts * BURST };
			await saturatingLoad(fixture, ours, load);
			return bursts;
		},
		'burst of three': async () => {
			await Promise.all(Array.from({ length: bursts }, () => burst(bench, gathering)));
			return bursts;
		},
	};
	const results = await inRounds(KINDS, Math.min(3, sizes.rounds), async (kind) => {
		const before = cpuMsOf(host.pid);
		const count = await work[kind](sizes.requests);
		const cpuMs = (await cpuUntilQuiet(host.pid, before)) / count;
		await fixture.emulators.forget();
		return cpuMs;
	});
	const executions = (await host.client.executions(guarded.workflowId)).length;
	await fixture.end(gathering);
	await fixture.end(guarded);
	await fixture.end(guardedInRedis);
	const figures = (kind: Kind) => figuresOf(results, kind, (ms) => ms);
	const rows = KINDS.map((kind) => {
		const { label, over, bound } = ROWS[kind];
		const ratio = over && pairedRatio(figures(kind), figures(over));
		return [
			label,
			figure(median(figures(kind))),
			over && ratio ? `${ratioText(ratio)} of ${ROWS[over].label}` : '',
			ratio && bound ? verdict(ratio, bound) : '',
		];
	});
	return {
		tables: [
			{
				caption: "Milliseconds of n8n's processor time",
				columns: ['What', 'ms', 'ratio', 'target'],
				rows,
			},
		],
		notes: [
			`One text, all its repeated deliveries, all STOPs and all forged requests: ${executions} execution(s).`,
		],
	};
}

const text = (from: string) => ({ from, body: textOf(0) });

/** Some at a time; throws where one is answered otherwise than it should be. */
async function deliveries(
	count: number,
	next: () => { deliver(): Promise<Delivered> },
	status: number,
): Promise<number> {
	let left = count;
	const sender = async () => {
		while (left-- > 0) {
			const answer = await next().deliver();
			if (answer.status !== status) throw new Error(`Answered ${answer.status}`);
		}
	};
	await Promise.all(Array.from({ length: OUTSTANDING }, sender));
	return count;
}

/** Three texts of one contact, answered together. */
async function burst({ fixture }: RegularBench, build: Build): Promise<void> {
	const from = fixture.contacts.next();
	const reply = new Promise<void>((resolve) => {
		const end = fixture.emulators.onOutbound(({ to }) => {
			if (to !== from) return;
			end();
			resolve();
		});
	});
	for (let index = 0; index < BURST; index++) {
		await signText(build, { from, body: textOf(index) }).deliver();
	}
	await reply;
}
