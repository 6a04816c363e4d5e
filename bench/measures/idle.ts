import { setTimeout as pause } from 'node:timers/promises';
import { startN8n } from '../../harness/n8n-host';
import { startQueueN8n } from '../../harness/queue-n8n';
import { openBenchFixture, type MeasuredN8n } from '../support/bench-fixture';
import { startEmulators } from '../support/emulators';
import { figure, verdict } from '../support/figures';
import { cpuMsOf } from '../support/process-group';
import { countRedisCalls, type RedisCalls } from '../support/redis-calls';
import type { Section } from '../support/section';
import type { Sizes } from '../support/sizes';
import { summary, type Summary } from '../support/statistics';

/** One alone would cost less than n8n's own moods. */
const TRIGGERS = 20;
/** Publishing and unpublishing are no idleness. */
const SETTLE_MS = 15_000;
const MOST_PERCENT = 0.1;
const MOST_CALLS = 2;

interface IdleN8n extends MeasuredN8n {
	/** Of all its processes. */
	cpuMs(): number;
	stop(): Promise<void>;
}

/** What a published trigger costs while nobody texts and nothing is open. */
export async function measureIdle(sizes: Sizes): Promise<Section> {
	const rows = [
		await rowOf('regular mode', await regular(), sizes),
		await rowOf('queue mode', await queue(), sizes),
	];
	return {
		tables: [
			{
				caption: `One published trigger of ${TRIGGERS}, threads in Redis, nothing open`,
				columns: [
					'n8n',
					'% of a core with none published',
					'% of a core for each',
					'target',
					'store calls a minute for each',
					'target',
				],
				rows,
			},
		],
	};
}

async function regular(): Promise<IdleN8n> {
	const host = await startN8n();
	return {
		client: host.client,
		webhookUrl: host.url,
		cpuMs: () => cpuMsOf(host.pid),
		stop: () => host.stop(),
	};
}

async function queue(): Promise<IdleN8n> {
	const n8n = await startQueueN8n({ workers: 1 });
	const { main, webhook, workers } = n8n.processes;
	return {
		client: n8n.client,
		webhookUrl: n8n.webhookUrl,
		cpuMs: () => [main, webhook, ...workers].reduce((sum, { pid }) => sum + cpuMsOf(pid), 0),
		stop: () => n8n.stop(),
	};
}

async function rowOf(name: string, n8n: IdleN8n, sizes: Sizes): Promise<string[]> {
	const emulators = await startEmulators();
	const fixture = await openBenchFixture(n8n, emulators);
	const store = await countRedisCalls(fixture.redis);
	try {
		const ids: string[] = [];
		for (let count = 0; count < TRIGGERS; count++) {
			ids.push((await fixture.start('ours-redis')).workflowId);
		}
		const without: number[] = [];
		const each: number[] = [];
		const calls: number[] = [];
		for (let round = 0; round < sizes.rounds; round++) {
			await inEach(ids, (id) => n8n.client.activate(id));
			const published = await idling(n8n, store, sizes.idleSeconds);
			await inEach(ids, (id) => n8n.client.deactivate(id));
			const none = await idling(n8n, store, sizes.idleSeconds);
			without.push(none.percent);
			each.push((published.percent - none.percent) / TRIGGERS);
			calls.push(published.callsPerMinute / TRIGGERS);
		}
		return [
			name,
			range(summary(without)),
			range(summary(each)),
			verdict(summary(each), { atMost: MOST_PERCENT }),
			range(summary(calls)),
			verdict(summary(calls), { atMost: MOST_CALLS }),
		];
	} finally {
		store.stop();
		await n8n.stop();
		await fixture.close();
		await emulators.close();
	}
}

async function idling(n8n: IdleN8n, store: RedisCalls, seconds: number) {
	await pause(SETTLE_MS);
	const before = { cpuMs: n8n.cpuMs(), calls: store.count() };
	await pause(seconds * 1_000);
	return {
		percent: (n8n.cpuMs() - before.cpuMs) / (seconds * 10),
		callsPerMinute: ((store.count() - before.calls) * 60) / seconds,
	};
}

async function inEach(ids: readonly string[], act: (id: string) => Promise<void>): Promise<void> {
	for (const id of ids) await act(id);
}

const range = ({ median, low, high }: Summary) =>
	`${figure(median)} (${figure(low)}–${figure(high)})`;
