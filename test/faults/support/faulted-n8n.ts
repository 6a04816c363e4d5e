import { OwnRedisServer } from '../../../harness/servers/own-redis-server';
import { startN8n } from '../../../harness/n8n-host';
import type { N8nClient } from '../../../harness/n8n-client';
import { startQueueN8n } from '../../../harness/queue-n8n';

/** A process of n8n, or a server that it needs, that a scenario may kill. */
export interface KillablePart {
	readonly name: string;
	kill(): Promise<void>;
	restart(): Promise<void>;
}

/** A real n8n of a test's own, to be killed in parts. */
export interface FaultedN8n {
	/** Where the editor, and the webhooks, are reached. */
	readonly n8n: { url: string; client: N8nClient };
	/** Where Twilio's requests go. */
	readonly webhookUrl: string;
	/** Of the process that takes them. */
	readonly pid: number;
	/** Its processes. */
	readonly parts: readonly KillablePart[];
	/** The Redis of its queue, which keeps on the disk what it has acknowledged. Queue mode only. */
	readonly queueRedis: KillablePart | undefined;
	/** What n8n has printed, for a scenario that failed. */
	logs(): string;
	stop(): Promise<void>;
}

export type N8nMode = 'queue' | 'regular';

type Environment = Record<string, string>;

/** @param env adds to what the tests set. */
export async function startFaultedN8n(mode: N8nMode, env: Environment = {}): Promise<FaultedN8n> {
	return mode === 'queue' ? await startQueue(env) : await startRegular(env);
}

async function startRegular(env: Environment): Promise<FaultedN8n> {
	const n8n = await startN8n({ env });
	const main = { name: 'n8n', kill: () => n8n.kill(), restart: () => n8n.restart() };
	return {
		n8n,
		webhookUrl: n8n.url,
		get pid() {
			return n8n.pid;
		},
		parts: [main],
		queueRedis: undefined,
		logs: () => n8n.logs(),
		stop: () => n8n.stop(),
	};
}

async function startQueue(env: Environment): Promise<FaultedN8n> {
	const redis = await OwnRedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
	try {
		const n8n = await startQueueN8n({ workers: 2, redis: redis.settings(), env });
		const { main, webhook, workers } = n8n.processes;
		const named = { main, webhook, worker1: workers[0], worker2: workers[1] };
		return {
			n8n,
			webhookUrl: n8n.webhookUrl,
			get pid() {
				return webhook.pid;
			},
			parts: Object.entries(named).flatMap(([name, part]) =>
				part ? [{ name, kill: () => part.kill(), restart: () => part.restart() }] : [],
			),
			queueRedis: {
				name: "the queue's Redis",
				kill: () => redis.kill(),
				restart: () => redis.bringBack(),
			},
			logs: () => n8n.logs(),
			async stop() {
				await n8n.stop();
				await redis.dispose();
			},
		};
	} catch (error) {
		await redis.dispose();
		throw error;
	}
}
