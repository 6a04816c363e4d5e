import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { openPostgresThreadStore } from '../../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { openRedisThreadStore } from '../../../nodes/shared/threads/stores/redis/redis-thread-store';
import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';
import { OwnRedisServer } from '../../../harness/servers/own-redis-server';
import { PostgresCluster } from '../../../harness/servers/postgres-cluster';

export type ServerKind = 'postgres' | 'redis';

/** A server of a test's own that keeps threads, and keeps on the disk what it has acknowledged. */
export interface StoreServer {
	readonly kind: ServerKind;
	/** What a credential for it holds. */
	readonly credential: object;
	/** For looking at it past n8n. */
	open(): Promise<OpenThreadStore>;
	/** As if its power were gone. */
	kill(): Promise<void>;
	bringBack(): Promise<void>;
	dispose(): Promise<void>;
}

/** More than any scenario writes into one thread. */
const RETENTION = { messagesPerThread: 1_000, maxAgeDays: 90 };

export async function startStoreServer(kind: ServerKind): Promise<StoreServer> {
	return kind === 'redis' ? await startRedis() : await startPostgres();
}

async function startRedis(): Promise<StoreServer> {
	const server = await OwnRedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
	const settings = server.settings({ prefix: 'faults' });
	return {
		kind: 'redis',
		credential: { host: settings.host, port: settings.port, prefix: 'faults', ...RETENTION },
		open: async () => await openRedisThreadStore(settings, RETENTION, systemClock),
		kill: () => server.kill(),
		bringBack: () => server.bringBack(),
		dispose: () => server.dispose(),
	};
}

async function startPostgres(): Promise<StoreServer> {
	const cluster = await PostgresCluster.start('max_connections = 200');
	return {
		kind: 'postgres',
		credential: { ...cluster.settings, ...RETENTION },
		open: async () => await openPostgresThreadStore(cluster.settings, RETENTION, systemClock),
		kill: () => cluster.kill(),
		bringBack: () => cluster.launch(),
		dispose: () => cluster.dispose(),
	};
}
