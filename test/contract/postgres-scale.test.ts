import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { listThreads } from '../../nodes/shared/threads/stores/postgres/postgres-threads';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { PostgresCluster } from '../../harness/servers/postgres-cluster';
import { storedList, storedMessage } from '../support/stored-message';

jest.setTimeout(30 * 60_000);

const FEW = 100;
const MANY = Number(process.env['TEST_POSTGRES_THREADS'] ?? 10_000);
const PER_THREAD = 20;
const LONG = 'AC1:front-desk:long';
const LONG_MESSAGES = 10_000;
const ROUNDS = 300;

const ROOMY = { messagesPerThread: 100_000, maxAgeDays: 90 };
const contact = (n: number) => `AC1:front-desk:+1415${String(n).padStart(7, '0')}`;

describe('the Postgres store with many threads', () => {
	let cluster: PostgresCluster;
	let few: PostgresSettings;
	let many: PostgresSettings;

	beforeAll(async () => {
		cluster = await PostgresCluster.start('shared_buffers = 256MB\nmax_wal_size = 4GB');
		few = await seeded('few', FEW);
		many = await seeded('many', MANY);
	});
	afterAll(async () => {
		await cluster.dispose();
	});

	/** A schema with so many threads of twenty messages, and one of ten thousand. */
	async function seeded(schema: string, threads: number): Promise<PostgresSettings> {
		const settings = { ...cluster.settings, schema };
		await (await openPostgresThreadStore(settings, ROOMY, systemClock)).close();
		const text = storedList('A text of about the usual length, with a link.');
		await cluster.sql(
			`INSERT INTO ${schema}.threads (thread_id, last_n, last_at, written_at)
				SELECT 'AC1:front-desk:+1415' || lpad(n::text, 7, '0'), ${PER_THREAD}, '2026-01-15T12:00:00.000Z',
					now() - n * interval '1 second'
				FROM generate_series(0, ${threads - 1}) n`,
		);
		await cluster.sql(
			`INSERT INTO ${schema}.threads (thread_id, last_n, last_at, written_at)
				VALUES ('${LONG}', ${LONG_MESSAGES}, '2026-01-15T12:00:00.000Z', now())`,
		);
		await cluster.sql(
			`INSERT INTO ${schema}.messages (thread_no, n, sid, message)
				SELECT t.thread_no, n, 'SM' || md5(t.thread_no || '-' || n), '${text}'
				FROM ${schema}.threads t, generate_series(1, t.last_n) n`,
		);
		await cluster.sql(`VACUUM ANALYZE ${schema}.threads`);
		await cluster.sql(`VACUUM ANALYZE ${schema}.messages`);
		return settings;
	}

	/** What the work made the server read of our tables. */
	async function readingsOf(
		{ schema }: PostgresSettings,
		work: () => Promise<void>,
	): Promise<{ fullScans: number; entries: number }> {
		const readings = async () => {
			const [row] = await cluster.sql<{ scans: number; entries: number }>(
				`SELECT (SELECT sum(seq_scan)::integer FROM pg_stat_user_tables
						WHERE schemaname = '${schema}' AND relname <> 'migrations') AS scans,
					(SELECT sum(idx_tup_read)::integer FROM pg_stat_user_indexes
						WHERE schemaname = '${schema}') AS entries`,
			);
			return row ?? { scans: 0, entries: 0 };
		};
		const before = await readings();
		await work();
		// The figures are published when a connection ends.
		await new Promise((resolve) => setTimeout(resolve, 500));
		const after = await readings();
		return {
			fullScans: after.scans - before.scans,
			entries: after.entries - before.entries,
		};
	}

	it('reads as much for an append to a thread of ten thousand messages as to one of twenty', async () => {
		const perAppend = async (threadId: string) => {
			const { fullScans, entries } = await readingsOf(many, async () => {
				const store = await openPostgresThreadStore(many, ROOMY, systemClock);
				for (let n = 0; n < 20; n++) {
					await store.threads.append(threadId, [storedMessage('x')], PER_THREAD);
					await store.threads.read(threadId, PER_THREAD);
				}
				await store.close();
			});
			expect(fullScans).toBe(0);
			return entries / 20;
		};
		const short = await perAppend(contact(7));
		const long = await perAppend(LONG);
		// Twice the newest twenty, and a few for finding the thread.
		expect(short).toBeLessThan(2 * PER_THREAD + 15);
		expect(long).toBeLessThan(2 * PER_THREAD + 15);
	});

	it('takes, notes and changes state without a full scan', async () => {
		const { fullScans } = await readingsOf(many, async () => {
			const store = await openPostgresThreadStore(many, ROOMY, systemClock);
			await store.threads.changeState(contact(1), (state) => ({
				...state,
				metadata: { a: 'b' },
			}));
			await store.claims.claim('reply:1', 60_000);
			await store.threads.delete(contact(2));
			await store.close();
		});
		expect(fullScans).toBe(0);
	});

	it.each([
		['all threads', '%', 'null'],
		['the threads of an agent', 'AC1:front-desk:%', 'null'],
		['what an agent was told of late', 'AC1:front-desk:%', "now() - interval '1 minute'"],
		['a few threads', 'AC1:front-desk:+1415000001%', 'null'],
		['one thread', contact(99), 'null'],
		['none', 'AC9%', 'null'],
	])('lists %s through an index', async (_, pattern, since) => {
		const list = listThreads('many')
			.replaceAll('$1', `'${pattern}'`)
			.replaceAll('$2', 'null')
			.replaceAll('$3', 'null')
			.replaceAll('$4', '21')
			.replaceAll('$5', `(${since})`);
		const plan = JSON.stringify(await cluster.sql(`EXPLAIN (FORMAT JSON) ${list}`));
		expect(plan).toMatch(/threads_by_written|threads_pkey/);
		expect(plan).not.toContain('Seq Scan');
	});

	it('finds what has aged through an index', async () => {
		const { fullScans, entries } = await readingsOf(many, async () => {
			await cluster.sql('SELECT many.drop_aged(90, 20, 20)');
		});
		expect(fullScans).toBe(0);
		expect(entries).toBeLessThan(25);
	});

	it(`costs about the same with ${MANY} threads as with ${FEW} (printed, not asserted)`, async () => {
		const stores = [
			{
				store: await openPostgresThreadStore(few, ROOMY, systemClock),
				threads: FEW,
				took: [] as number[],
			},
			{
				store: await openPostgresThreadStore(many, ROOMY, systemClock),
				threads: MANY,
				took: [] as number[],
			},
		];
		for (let round = 0; round < ROUNDS; round++) {
			for (const { store, threads, took } of stores) {
				const threadId = contact(Math.floor(Math.random() * threads));
				const text = [storedMessage('x')];
				const begun = performance.now();
				const { thread } = await store.threads.append(threadId, text, PER_THREAD);
				if (round >= 30) took.push(performance.now() - begun);
				expect(thread.messages).toHaveLength(Math.min(PER_THREAD, thread.keptMessages));
			}
		}
		const [size] = await cluster.sql<{ bytes: string }>(
			`SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
			WHERE relnamespace = 'many'::regnamespace AND relkind = 'r'`,
		);
		const report = stores.map(({ threads, took }) => {
			const sorted = took.sort((a, b) => a - b);
			const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
			return { threads, median: at(0.5), p99: at(0.99) };
		});
		for (const { store } of stores) await store.close();
		process.stdout.write(
			report
				.map(
					({ threads, median, p99 }) =>
						`append + newest ${PER_THREAD}, ${threads} threads: median ${median.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms\n`,
				)
				.join('') +
				`ratio of medians ${((report[1]?.median ?? 0) / (report[0]?.median ?? 1)).toFixed(2)}; ` +
				`${(Number(size?.bytes) / MANY / 1024).toFixed(1)} kB per thread of ${PER_THREAD} messages\n`,
		);
		expect(report).toHaveLength(2);
	});
});
