import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { REMEMBERED_SIDS, type OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import type { PostgresRetention } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { TYPESCRIPT } from '../../scripts/paths';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { TestSchema } from '../support/test-schema';
import { storedMessage } from '../support/stored-message';
import { postgresUnderTest, ROOMY } from './postgres-under-test';
import { threadStoreContract } from './thread-store.contract';

threadStoreContract('Postgres', async () => await postgresUnderTest(settingsOfServer()));

const EVERY_VERSION = [{ version: 1 }];

describe('the Postgres store', () => {
	let schema: TestSchema;
	const opened: OpenThreadStore[] = [];
	const open = async (retention: Partial<PostgresRetention> = {}) => {
		const store = await openPostgresThreadStore(
			schema.settings,
			{ ...ROOMY, ...retention },
			systemClock,
		);
		opened.push(store);
		return store;
	};
	/** The sweeps come with the writes, and nobody waits for them. */
	const writeUntil = async ({ threads }: OpenThreadStore, done: () => Promise<boolean>) => {
		for (let writes = 0; writes < 100 && !(await done()); writes++) {
			await threads.append('new', [storedMessage('x')], 0);
		}
	};
	const listed = async ({ threads }: OpenThreadStore) =>
		(await threads.list({ prefix: '', limit: 200 })).threads.map(({ threadId }) => threadId);

	beforeEach(async () => {
		schema = await TestSchema.on(settingsOfServer());
	});
	afterEach(async () => {
		for (const store of opened.splice(0)) await store.close();
		await schema.drop();
	});

	it('promises to be shared by workflows and processes and to survive a crash', async () => {
		expect(await open()).toMatchObject({
			kind: 'postgres',
			promises: { sharedByWorkflows: true, sharedByProcesses: true, survivesCrash: true },
		});
	});

	it('keeps one order, the same for both, of what two pools append at the same time', async () => {
		const stores = [await open(), await open()];
		const seen = await Promise.all(
			Array.from({ length: 50 }, async (_, n) => {
				const { thread } = await stores[n % 2]!.threads.append(
					'shared',
					[storedMessage(`text ${n}`)],
					1_000,
				);
				return thread.messages.map(({ body }) => body);
			}),
		);
		const [one, two] = await Promise.all(
			stores.map(async ({ threads }) => await threads.read('shared', 1_000)),
		);
		const order = one?.messages.map(({ body }) => body) ?? [];
		expect(order).toHaveLength(50);
		expect(two?.messages.map(({ body }) => body)).toEqual(order);
		// What anybody was ever shown is the beginning of it.
		for (const earlier of seen) expect(earlier).toEqual(order.slice(0, earlier.length));
		expect(new Set(seen.map(({ length }) => length)).size).toBe(50);
	});

	it('gives back bodies and ids that Postgres cannot hold as they are', async () => {
		const { threads } = await open();
		const hostile = ['a\0b', 'a\u0001b', '\ud83d', 'a\\0b', 'NULL', '{"a"}'];
		for (const text of hostile) {
			const sent = storedMessage(text, { messageSid: text });
			await threads.append(`thread ${text}`, [sent], 1);
			expect((await threads.append(`thread ${text}`, [sent], 1)).newSids).toEqual([]);
			expect((await threads.read(`thread ${text}`, 1)).messages).toEqual([sent]);
		}
		const { threads: listed } = await threads.list({ prefix: 'thread', limit: 100 });
		expect(listed.map(({ threadId }) => threadId).sort()).toEqual(
			hostile.map((text) => `thread ${text}`).sort(),
		);
	});

	it('takes a prefix literally, wildcards and all', async () => {
		const { threads } = await open();
		const ids = ['a%b', 'axb', 'a_b', 'a\\b', 'a\\%b', 'A%B'];
		for (const id of ids) await threads.append(id, [storedMessage('x')], 0);
		for (const prefix of ids) {
			const { threads: listed } = await threads.list({ prefix, limit: 10 });
			expect(listed.map(({ threadId }) => threadId)).toEqual([prefix]);
		}
	});

	it('refuses a cursor that it did not give', async () => {
		const { threads } = await open();
		await expect(threads.list({ prefix: '', limit: 1, cursor: 'x' })).rejects.toThrow('Cursor');
	});

	it('drops the oldest messages of a thread over the count and says how many', async () => {
		const { threads } = await open({ messagesPerThread: 2 });
		await threads.append('a', [storedMessage('1'), storedMessage('2')], 5);
		const { thread } = await threads.append('a', [storedMessage('3')], 5);
		expect(thread.messages.map(({ body }) => body)).toEqual(['2', '3']);
		expect(thread).toMatchObject({ keptMessages: 2, droppedMessages: 1 });
		for (let n = 4; n < 40; n += 3) {
			const more = [n, n + 1, n + 2].map((body) => storedMessage(String(body)));
			await threads.append('a', more, 5);
			const [row] = await schema.sql<{ count: number }>(
				"SELECT count(*)::integer FROM SCHEMA.messages WHERE message <> ''",
			);
			expect(row?.count).toBeLessThan(2 + 8);
		}
		const now = await threads.read('a', 5);
		expect(now.messages.map(({ body }) => body)).toEqual(['38', '39']);
		expect(now).toMatchObject({ keptMessages: 2, droppedMessages: 37 });
	});

	it('forgets in the end that it had a message', async () => {
		const { threads } = await open({ messagesPerThread: 2 });
		for (let n = 0; n < 300; n += 3) {
			const more = [n, n + 1, n + 2].map((body) => storedMessage(String(body)));
			await threads.append('a', more, 5);
		}
		const [row] = await schema.sql<{ count: number; oldest: number }>(
			'SELECT count(*)::integer, min(n)::integer AS oldest FROM SCHEMA.messages',
		);
		expect(row?.count).toBeLessThan(2 + REMEMBERED_SIDS + 8);
		expect(row?.oldest).toBeGreaterThan(300 - 2 - REMEMBERED_SIDS - 8);
	});

	it('never gives a thread the messages of another, though its numbers begin anew', async () => {
		const { threads } = await open();
		await threads.append('a', [storedMessage('to a')], 5);
		await schema.sql('ALTER TABLE SCHEMA.threads ALTER COLUMN thread_no RESTART WITH 1');
		const { thread } = await threads.append('b', [storedMessage('to b')], 5);
		expect(thread.messages.map(({ body }) => body)).toEqual(['to b']);
		const first = await threads.read('a', 5);
		expect(first.messages.map(({ body }) => body)).toEqual(['to a']);
	});

	it('drops threads past their age as it is written to, with their state, but no record', async () => {
		const store = await open({ maxAgeDays: 30 });
		const { threads } = store;
		const many = Array.from({ length: 60 }, (_, n) => `old ${n}`);
		for (const id of [...many, 'gone', 'young'])
			await threads.append(id, [storedMessage('x')], 0);
		await store.records.change('contact:gone', () => ({ consent: 'optedOut' }));
		for (const id of ['only noted', 'gone', 'young']) {
			await threads.changeState(id, (state) => ({ ...state, metadata: { a: 'b' } }));
		}
		await schema.sql(
			`UPDATE SCHEMA.threads SET written_at = written_at - interval '31 days' WHERE thread_id <> 'young'`,
		);

		await writeUntil(store, async () => (await listed(store)).length === 2);
		expect(await listed(store)).toEqual(['new', 'young']);
		for (const id of ['gone', 'only noted']) {
			expect((await threads.read(id, 5)).state.metadata).toEqual({});
		}
		expect((await threads.read('young', 5)).state.metadata).toEqual({ a: 'b' });
		expect(await schema.sql(`SELECT thread_id FROM SCHEMA.threads ORDER BY thread_id`)).toEqual(
			['new', 'young'].map((id) => ({ thread_id: id })),
		);
		const [messages] = await schema.sql<{ count: number }>(
			`SELECT count(*)::integer FROM SCHEMA.messages m
			WHERE m.thread_no NOT IN (SELECT thread_no FROM SCHEMA.threads)`,
		);
		expect(messages?.count).toBe(0);
		expect(await store.records.read(['contact:gone'])).toEqual([{ consent: 'optedOut' }]);
	});

	it('keeps settled claims for days and forgets them after a week', async () => {
		const store = await open();
		const claim = await store.claims.claim('reply:1', 1_000);
		if (claim.status !== 'claimed') throw new Error('expected to get the claim');
		await store.claims.settle('reply:1', claim.token, { phase: 'sent', messageSid: 'SM1' });
		const DAY = 86_400_000;
		await schema.pass(6 * DAY);
		for (let n = 0; n < 30; n++) await store.threads.append('t', [storedMessage('x')], 0);
		expect((await store.claims.claim('reply:1', 1)).status).toBe('settled');
		await schema.pass(2 * DAY);
		const claims = async () => await schema.sql('SELECT key FROM SCHEMA.claims');
		await writeUntil(store, async () => (await claims()).length === 0);
		expect(await claims()).toEqual([]);
	});

	it("ends a hold by the server's clock", async () => {
		const { claims } = await open();
		// Far longer than a busy machine takes from one claim to the next.
		await claims.claim('reply:1', 2_000);
		expect((await claims.claim('reply:1', 1)).status).toBe('held');
		await new Promise((resolve) => setTimeout(resolve, 2_050));
		expect((await claims.claim('reply:1', 1)).status).toBe('claimed');
	});

	it('is made once by two processes that start at the same time, and keeps the order of each', async () => {
		const script = join(__dirname, '..', 'support', 'append-to-postgres-store.ts');
		const run = async (name: string) =>
			await promisify(execFile)(process.execPath, [
				...['--import', TYPESCRIPT, script],
				...[JSON.stringify(schema.settings), name, '40'],
			]);
		await Promise.all([run('process-1'), run('process-2')]);

		const { messages } = await (await open()).threads.read('shared', 200);
		expect(messages).toHaveLength(80);
		for (const name of ['process-1', 'process-2']) {
			const own = messages.map(({ body }) => body).filter((body) => body.startsWith(name));
			expect(own).toEqual(Array.from({ length: 40 }, (_, n) => `${name} text ${n}`));
		}
		expect(await schema.sql('SELECT version FROM SCHEMA.migrations')).toEqual(EVERY_VERSION);
	});

	it('is made once by ten pools that open at the same time', async () => {
		const stores = await Promise.all(Array.from({ length: 10 }, async () => await open()));
		expect(stores).toHaveLength(10);
		expect(await schema.sql('SELECT version FROM SCHEMA.migrations')).toEqual(EVERY_VERSION);
	});
});
