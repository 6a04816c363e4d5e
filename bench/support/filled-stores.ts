import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { sidMark } from '../../nodes/shared/threads/stores/sid-marks';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { OwnRedisServer } from '../../harness/servers/own-redis-server';
import { PostgresCluster } from '../../harness/servers/postgres-cluster';
import { onRedis } from '../../harness/servers/shared-redis';
import { storedTextInSql, storedText } from './stored-text';

export const PER_THREAD = 20;
/** With each append the oldest message goes, so that a store keeps its size while it is measured. */
const KEPT = { messagesPerThread: PER_THREAD, maxAgeDays: 90 };
/** Of usual length. */
export const BODY = 'Is the flat on Mill Road still free? I could come on Tuesday. '
	.repeat(2)
	.trim();
/** A thread has lost from eight to fifteen messages; what is over eight is there still, as in use. */
const droppedOf = (thread: string) => `(8 + ${thread} % 8)`;
const MOST_DROPPED = 15;
const FILLED_AT_ONCE = 200;

export const threadIdOf = (n: number): string =>
	`AC00000000000000000000000000000001:front-desk:+1415${String(n).padStart(7, '0')}`;

/** A store that holds so many threads of twenty messages. */
export interface FilledStore {
	store: OpenThreadStore;
	/** Of the engine: memory of Redis, else disk. */
	bytesPerThread: number;
	dispose(): Promise<void>;
}

export type Fill = (threads: number) => Promise<FilledStore>;

/** Each on a server or in a file of its own. Postgres and the file are filled by SQL: it is quicker. */
export const FILLS: Record<'redis' | 'postgres' | 'embedded', Fill> = {
	async redis(threads) {
		const server = await OwnRedisServer.start();
		const settings = server.settings();
		const usedMemory = async () => {
			const info = await onRedis(settings, (client) =>
				client.sendCommand(['INFO', 'memory']),
			);
			return Number(/used_memory:(\d+)/.exec(String(info))?.[1]);
		};
		const store = await openRedisThreadStore(settings, KEPT, systemClock);
		const before = await usedMemory();
		for (let from = 0; from < threads; from += FILLED_AT_ONCE) {
			const some = Array.from({ length: Math.min(FILLED_AT_ONCE, threads - from) });
			await Promise.all(
				some.map((_, index) => {
					const texts = Array.from({ length: PER_THREAD }, () => storedText(BODY));
					return store.threads.append(threadIdOf(from + index), texts, 0);
				}),
			);
		}
		const bytesPerThread = ((await usedMemory()) - before) / threads;
		const dispose = async () => {
			await store.close();
			await server.dispose();
		};
		return { store, bytesPerThread, dispose };
	},

	async postgres(threads) {
		const cluster = await PostgresCluster.start('shared_buffers = 256MB\nmax_wal_size = 4GB');
		const store = await openPostgresThreadStore(cluster.settings, KEPT, systemClock);
		const { schema } = cluster.settings;
		await cluster.sql(
			`INSERT INTO ${schema}.threads (thread_id, last_n, dropped, last_at, written_at)
				SELECT 'AC00000000000000000000000000000001:front-desk:+1415' || lpad(n::text, 7, '0'),
					${PER_THREAD} + ${droppedOf('n')}, ${droppedOf('n')}, '2026-01-15T12:00:00.000Z',
					now() - n * interval '1 microsecond'
				FROM generate_series(0, ${threads - 1}) n`,
		);
		await cluster.sql(
			`INSERT INTO ${schema}.messages (thread_no, n, sid, message)
				SELECT t.thread_no, n, 'SM' || md5(t.thread_no || '-' || n), '${storedTextInSql(BODY)}'
				FROM ${schema}.threads t, generate_series(9, t.last_n) n`,
		);
		await cluster.sql(`VACUUM ANALYZE ${schema}.threads`);
		await cluster.sql(`VACUUM ANALYZE ${schema}.messages`);
		await cluster.sql('CHECKPOINT'); // or the writing of the fill would go on meanwhile
		const [size] = await cluster.sql<{ bytes: string }>(
			`SELECT pg_total_relation_size('${schema}.threads')
				+ pg_total_relation_size('${schema}.messages') AS bytes`,
		);
		const dispose = async () => {
			await store.close();
			await cluster.dispose();
		};
		return { store, bytesPerThread: Number(size?.bytes) / threads, dispose };
	},

	async embedded(threads) {
		const folder = mkdtempSync(join(tmpdir(), 'sms-agent-bench-'));
		const settings = { ...KEPT, file: join(folder, 'threads.sqlite'), maxMegabytes: 1e6 };
		await (await openEmbeddedThreadStore(settings, systemClock)).close(); // makes the tables
		const database = new DatabaseSync(settings.file);
		const marks = Array.from({ length: PER_THREAD }, (_, n) => sidMark(`SM${n}`)).join('');
		database.exec(`BEGIN;
			WITH RECURSIVE numbers (n) AS
				(SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${threads - 1})
			INSERT INTO threads (thread_id, last_seq, kept, dropped, last_at, written, seen)
				SELECT 'AC00000000000000000000000000000001:front-desk:+1415' || printf('%07d', n),
					${PER_THREAD} + ${droppedOf('n')}, ${PER_THREAD}, ${droppedOf('n')},
					'2026-01-15T12:00:00.000Z',
					${(Date.now() - 60_000) * 1_000} + n, '${marks}'
				FROM numbers;
			WITH RECURSIVE numbers (n) AS
				(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${MOST_DROPPED + PER_THREAD})
			INSERT INTO messages (id, sid, message)
				SELECT (t.id << 32) + n, 'SM' || printf('%08x', t.id) || printf('%024x', n), '${storedTextInSql(BODY)}'
				FROM threads t, numbers WHERE n <= t.last_seq ORDER BY t.id, n;
			DELETE FROM messages WHERE (id & 0xffffffff) <= 8;
			COMMIT;
			PRAGMA wal_checkpoint(TRUNCATE);`);
		database.close();
		const bytesPerThread = statSync(settings.file).size / threads;
		const store = await openEmbeddedThreadStore(settings, systemClock);
		const dispose = async () => {
			await store.close();
			rmSync(folder, { recursive: true, force: true });
		};
		return { store, bytesPerThread, dispose };
	},
};
