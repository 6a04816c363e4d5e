import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresSettings } from '../nodes/shared/threads/stores/postgres/postgres-settings';
import type { RedisSettings } from '../nodes/shared/threads/stores/redis/redis-settings';
import { OwnPostgresDatabase } from './servers/own-postgres-database';
import { settingsOfServer } from './servers/postgres-server';
import { removeKeysLike, sharedRedis } from './servers/shared-redis';
import { installPackage, packedTarball } from './install-package';
import { N8nClient } from './n8n-client';
import type { N8nRole } from './n8n-process';
import { RestartableN8n } from './restartable-n8n';
import { OWNER } from './template-folder';
import { claimPort } from './claim-port';
import { LOGS, temporaryFolder } from './run';

export interface QueueN8nOptions {
	/** Default 2. */
	workers?: number;
	/** The package is installed on main and on the webhook processor only. Default false. */
	workersWithoutPackage?: boolean;
	/** Where n8n has its queue. Default: the server that the tests share, under a prefix of its own. */
	redis?: RedisSettings;
	/** Where n8n has its data, in a database of its own. Default: the server that the tests share. */
	postgres?: PostgresSettings;
	/** Adds to or replaces what the tests set, for every process. */
	env?: Record<string, string | undefined>;
}

/** n8n in queue mode: each part is a process that can be killed and started again by itself. */
export interface QueueN8n {
	/** Of main: the editor and the API. */
	readonly url: string;
	/** Of the webhook processor: where Twilio's requests go. */
	readonly webhookUrl: string;
	readonly client: N8nClient;
	readonly processes: {
		readonly main: RestartableN8n;
		readonly webhook: RestartableN8n;
		readonly workers: RestartableN8n[];
	};
	/** What all processes have printed. */
	logs(): string;
	/** Ends all processes and removes their folders, the database and the keys of the queue. */
	stop(): Promise<void>;
}

/** Starts one main, one webhook processor and workers, all with the package installed. */
export async function startQueueN8n(options: QueueN8nOptions = {}): Promise<QueueN8n> {
	const tarball = await packedTarball();
	const prefix = `sms-agent-queue-${process.pid}-${randomBytes(4).toString('hex')}`;
	const redis = options.redis ?? (await sharedRedis(prefix));
	const database = await OwnPostgresDatabase.on(options.postgres ?? settingsOfServer());
	const [mainPort, webhookPort] = [await claimPort(), await claimPort()];
	const url = `http://127.0.0.1:${mainPort}`;
	const webhookUrl = `http://127.0.0.1:${webhookPort}`;
	const env = {
		...queueEnvironment(redis, database.settings, prefix),
		N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
		WEBHOOK_URL: `${webhookUrl}/`,
		N8N_EDITOR_BASE_URL: `${url}/`,
		...options.env,
	};
	const folder = temporaryFolder('queue-');
	const starting: Array<Promise<RestartableN8n>> = [];
	const launch = async (name: string, role: N8nRole, port: number) => {
		const userFolder = join(folder, name);
		// All but main get a copy of what npm has installed for it.
		if (role === 'main') await installPackage(userFolder, tarball);
		else if (role !== 'worker' || !options.workersWithoutPackage) {
			copyPackage(join(folder, 'main'), userFolder);
		} else mkdirSync(userFolder);
		const logFile = join(LOGS, `${prefix}-${name}.log`);
		return await RestartableN8n.start({ role, userFolder, port, env, logFile });
	};
	const start = (...given: Parameters<typeof launch>): Promise<RestartableN8n> => {
		const n8n = launch(...given);
		starting.push(n8n);
		return n8n;
	};
	const stop = async () => {
		// All that they have goes too, so they need no orderly end, which takes workers long.
		const all = await Promise.allSettled(starting);
		await Promise.all(
			all.map(async (one) => one.status === 'fulfilled' && (await one.value.kill())),
		);
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		await database.drop();
		await removeKeysLike(redis, `${prefix}*`);
	};

	try {
		// First alone: it makes the tables that the others look for.
		const main = await start('main', 'main', mainPort);
		const client = await N8nClient.setUp(url, OWNER);
		const [webhook, ...workers] = await Promise.all([
			start('webhook', 'webhook', webhookPort),
			...Array.from({ length: options.workers ?? 2 }, async (_, index) =>
				start(`worker-${index + 1}`, 'worker', await claimPort()),
			),
		]);
		return {
			url,
			webhookUrl,
			client,
			processes: { main, webhook, workers },
			logs: () => [main, webhook, ...workers].map((n8n) => n8n.logs()).join('\n'),
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

/** Installs what is installed for another process of n8n; to be had once that has started anew. */
export function copyPackage(fromUserFolder: string, toUserFolder: string): void {
	const [from, to] = [fromUserFolder, toUserFolder].map((path) => join(path, '.n8n/nodes'));
	cpSync(from ?? '', to ?? '', { recursive: true, verbatimSymlinks: true });
}

function queueEnvironment(
	redis: RedisSettings,
	postgres: PostgresSettings,
	prefix: string,
): Record<string, string> {
	return {
		EXECUTIONS_MODE: 'queue',
		QUEUE_BULL_REDIS_HOST: redis.host,
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		QUEUE_BULL_PREFIX: prefix,
		N8N_REDIS_KEY_PREFIX: prefix,
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: postgres.host,
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_DATABASE: postgres.database,
		DB_POSTGRESDB_USER: postgres.user,
		DB_POSTGRESDB_PASSWORD: postgres.password,
		// With the two that are the default, n8n's own ping waits behind a burst of texts, fails, and
		// n8n refuses everybody for a while.
		DB_POSTGRESDB_POOL_SIZE: '10',
	};
}
