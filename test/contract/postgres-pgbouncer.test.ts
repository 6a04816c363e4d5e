import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { testPostgresSettings } from '../../nodes/shared/threads/stores/postgres/test-postgres-settings';
import { PgBouncer } from '../support/pgbouncer';
import { PostgresCluster } from '../../harness/servers/postgres-cluster';
import { TestSchema } from '../support/test-schema';
import { storedMessage } from '../support/stored-message';
import { postgresUnderTest, ROOMY } from './postgres-under-test';
import { threadStoreContract } from './thread-store.contract';

describe('behind PgBouncer in transaction mode', () => {
	let cluster: PostgresCluster;
	let bouncer: PgBouncer;

	beforeAll(async () => {
		cluster = await PostgresCluster.start();
		bouncer = await PgBouncer.before(cluster.settings, { serverConnections: 2, clients: 14 });
	});
	afterAll(async () => {
		await bouncer.dispose();
		await cluster.dispose();
	});

	threadStoreContract(
		'Postgres',
		async () => await postgresUnderTest(cluster.settings, bouncer.settings.port),
	);

	it('makes its tables once when two stores open at the same time', async () => {
		const stores = await Promise.all(
			[1, 2].map(
				async () => await openPostgresThreadStore(bouncer.settings, ROOMY, systemClock),
			),
		);
		const { threads } = stores[0] ?? {};
		await threads?.append('t', [storedMessage('x')], 1);
		expect((await stores[1]?.threads.read('t', 1))?.keptMessages).toBe(1);
		await Promise.all(stores.map(async (store) => await store.close()));
	});

	it('leaves no setting behind on a connection that others use after it', async () => {
		const store = await openPostgresThreadStore(bouncer.settings, ROOMY, systemClock);
		await Promise.all(
			[1, 2, 3, 4].map(
				async (n) => await store.threads.append(`t${n}`, [storedMessage('x')], 1),
			),
		);
		const other = await TestSchema.on(bouncer.settings);
		const settings = await other.sql(
			`SELECT current_setting('lock_timeout') AS lock, current_setting('enable_seqscan') AS scan,
			current_setting('search_path') AS path, (SELECT count(*)::integer FROM pg_prepared_statements) AS statements`,
		);
		expect(settings).toEqual([
			{ lock: '0', scan: 'on', path: '"$user", public', statements: 0 },
		]);
		await other.drop();
		await store.close();
	});

	it('explains that the pooler takes no more clients', async () => {
		const stores = await Promise.all(
			[1, 2, 3].map(
				async () => await openPostgresThreadStore(bouncer.settings, ROOMY, systemClock),
			),
		);
		// Five connections each: more than the fourteen that it admits.
		const reads = stores.flatMap(({ threads }) =>
			Array.from({ length: 50 }, async () => await threads.read('t', 1)),
		);
		await Promise.allSettled(reads);
		expect(await testPostgresSettings(bouncer.settings, systemClock)).toEqual({
			ok: false,
			message: expect.stringMatching(/no free connection.* max_client_conn/),
		});
		await Promise.all(stores.map(async (store) => await store.close()));
		expect(await testPostgresSettings(bouncer.settings, systemClock)).toEqual({ ok: true });
	});

	it('explains a database and a user that the pooler does not know', async () => {
		const settings = { ...bouncer.settings, database: 'nowhere' };
		expect(await testPostgresSettings(settings, systemClock)).toEqual({
			ok: false,
			message: expect.stringMatching(/no database "nowhere"/),
		});
		expect(
			await testPostgresSettings({ ...bouncer.settings, user: 'nobody' }, systemClock),
		).toEqual({
			ok: false,
			message: expect.stringMatching(/user "nobody", or it has no such user/),
		});
	});

	it('rejects in time while the server behind the pooler is down, and recovers', async () => {
		const store = await openPostgresThreadStore(bouncer.settings, ROOMY, systemClock);
		await store.threads.append('lasting', [storedMessage('before')], 1);
		await cluster.kill();
		const begun = performance.now();
		await expect(store.threads.read('lasting', 1)).rejects.toMatchObject({
			fix: expect.stringMatching(
				/did not answer in time|behind it does not|connection broke/,
			),
		});
		expect(performance.now() - begun).toBeLessThan(45_000);
		await cluster.launch();
		const deadline = Date.now() + 30_000;
		for (;;) {
			const kept = await store.threads.read('lasting', 1).then(
				({ keptMessages }) => keptMessages,
				() => undefined,
			);
			if (kept === 1 || Date.now() > deadline) {
				// eslint-disable-next-line jest/no-conditional-expect
				expect(kept).toBe(1);
				break;
			}
			await new Promise((resolve) => setTimeout(resolve, 500));
		}
		await store.close();
	});
});
