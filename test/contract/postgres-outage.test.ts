import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import {
	type OpenThreadStore,
	StoreUnavailableError,
} from '../../nodes/shared/threads/thread-store';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { TYPESCRIPT } from '../../scripts/paths';
import { PostgresCluster } from '../../harness/servers/postgres-cluster';
import { storedMessage } from '../support/stored-message';

jest.setTimeout(300_000);

const ROOMY = { messagesPerThread: 1_000, maxAgeDays: 90 };
/** Connecting and a statement may take five seconds each; a busy machine adds to it. */
const BOUND_MS = 30_000;

describe('the Postgres store in an outage', () => {
	let cluster: PostgresCluster;
	let threadId: string;
	let threads = 0;
	const opened: OpenThreadStore[] = [];
	const open = async () => {
		const settings = { ...cluster.settings, password: 'secret-word' };
		const store = await openPostgresThreadStore(settings, ROOMY, systemClock);
		opened.push(store);
		threadId = `thread ${++threads}`;
		return store;
	};

	beforeAll(async () => {
		cluster = await PostgresCluster.start();
	});
	afterEach(async () => {
		for (const store of opened.splice(0)) await store.close();
	});
	afterAll(async () => {
		await cluster.dispose();
	});

	/** Waits until the server has so many connections of this kind, beside the one that asks. */
	const untilConnections = async (count: number, condition: string) => {
		const deadline = Date.now() + 60_000;
		while (Date.now() < deadline) {
			const [row] = await cluster.sql<{ count: number }>(
				`SELECT count(*)::integer AS count FROM pg_stat_activity
				WHERE pid <> pg_backend_pid() AND ${condition}`,
			);
			if (row?.count === count) return;
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
		throw new Error(`There were never ${count} connections with ${condition}`);
	};
	const OURS = `application_name = 'n8n-nodes-sms-agent'`;

	/** Waits for the sweep after the first write, so that the connections are idle. */
	const untilIdle = async () => await untilConnections(0, `${OURS} AND state <> 'idle'`);
	const untilHeldUp = async () => await untilConnections(1, `wait_event = 'PgSleep'`);
	const untilBlocked = async () =>
		await untilConnections(1, `${OURS} AND wait_event_type = 'Lock'`);

	const everyMethod = ({ threads, claims, allowances }: OpenThreadStore) => ({
		append: async () => await threads.append(threadId, [storedMessage('lost?')], 5),
		read: async () => await threads.read(threadId, 5),
		changeState: async () => await threads.changeState(threadId, (state) => state),
		list: async () => await threads.list({ prefix: '', limit: 5 }),
		delete: async () => await threads.delete('another thread'),
		take: async () => await allowances.take([{ key: 'key', most: 1 }], 'taker'),
		claim: async () => await claims.claim('key', 1_000),
		note: async () => await claims.note('key', 'token', {}, 1_000),
		settle: async () => await claims.settle('key', 'token', {}),
		release: async () => await claims.release('key', 'token'),
	});

	async function expectAllToRejectInTime(store: OpenThreadStore): Promise<void> {
		for (const [name, call] of Object.entries(everyMethod(store))) {
			const begun = performance.now();
			const error: unknown = await call().catch((reason: unknown) => reason);
			expect([name, error]).toEqual([name, expect.any(StoreUnavailableError)]);
			expect(performance.now() - begun).toBeLessThan(BOUND_MS);
		}
	}

	it('rejects every method while the server is down, names it without the password, and recovers by itself', async () => {
		const store = await open();
		const { host, port } = cluster.settings;
		await store.threads.append(threadId, [storedMessage('before')], 5);
		await untilIdle();
		await cluster.kill();
		await expectAllToRejectInTime(store);
		const error: unknown = await store.threads.read(threadId, 5).catch((e: unknown) => e);
		expect(error).toMatchObject({
			store: `Postgres at ${host}:${port}/postgres`,
			fix: expect.stringMatching(/^Nothing listens at .* Check Host and Port/),
		});
		expect(JSON.stringify(error) + String(error)).not.toContain('secret-word');

		await cluster.launch();
		const { thread } = await store.threads.append(threadId, [storedMessage('after')], 5);
		expect(thread.messages.map(({ body }) => body)).toEqual(['before', 'after']);
	});

	it('does not open while the server is down, and says so', async () => {
		await open();
		await cluster.kill();
		await expect(open()).rejects.toThrow(StoreUnavailableError);
		await cluster.launch();
		await expect(open()).resolves.toMatchObject({ kind: 'postgres' });
	});

	it('gives up in time on a server that hangs, and recovers when it goes on', async () => {
		const store = await open();
		await store.threads.append(threadId, [storedMessage('before')], 5);
		await untilIdle();
		cluster.stun();
		const begun = performance.now();
		const calls = Object.values(everyMethod(store)).map(async (call) => await call());
		const outcomes = await Promise.allSettled(calls);
		expect(performance.now() - begun).toBeLessThan(BOUND_MS);
		expect(outcomes.map(({ status }) => status)).toEqual(calls.map(() => 'rejected'));
		const reasons = outcomes.map((outcome) => 'reason' in outcome && (outcome.reason as Error));
		expect(reasons).toEqual(calls.map(() => expect.any(StoreUnavailableError)));

		cluster.wake();
		const { messages } = await store.threads.read(threadId, 5);
		expect(messages.at(0)?.body).toBe('before');
	});

	it('closes while the server hangs, and leaves no socket behind', async () => {
		const sockets = () =>
			process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
		const before = sockets();
		const store = await open();
		await store.threads.read(threadId, 5);
		cluster.stun();
		const asked = store.threads.read(threadId, 5).catch((error: unknown) => error);
		const begun = performance.now();
		await store.close();
		expect(performance.now() - begun).toBeLessThan(BOUND_MS);
		expect(await asked).toBeInstanceOf(StoreUnavailableError);
		expect(sockets()).toBe(before);
		cluster.wake();
	});

	it('does not bring down the process when the server goes while connections are idle', async () => {
		await open();
		const script = join(__dirname, '..', 'support', 'outlive-postgres-server.ts');
		const settings = JSON.stringify(cluster.settings);
		const child = spawn(process.execPath, ['--import', TYPESCRIPT, script, settings]);
		const gone = once(child, 'exit');
		let complaints = '';
		child.stderr.on('data', (text) => (complaints += String(text)));
		await once(child.stdout, 'data');
		await cluster.kill();
		// Time to fall over the broken connections; that it does not cannot be awaited.
		await new Promise((resolve) => setTimeout(resolve, 300));
		child.stdin.end();
		// It ends by itself: nothing that was open is left.
		expect({ exit: await gone, complaints }).toEqual({ exit: [0, null], complaints: '' });
		await cluster.launch();
	});

	it('keeps every acknowledged message of a server that is killed mid-way, and takes the rest once when they are brought again', async () => {
		const store = await open();
		const texts = Array.from({ length: 300 }, (_, n) => storedMessage(`text ${n}`));
		const appends = texts.map(async (text) => await store.threads.append(threadId, [text], 1));
		await Promise.all(appends.slice(0, 41));
		await cluster.kill();
		const outcomes = await Promise.allSettled(appends);
		const acknowledged = texts.filter((_, n) => outcomes[n]?.status === 'fulfilled');
		expect(acknowledged.length).toBeGreaterThan(40);
		expect(acknowledged.length).toBeLessThan(300);

		await cluster.launch();
		const there = (await store.threads.read(threadId, 1_000)).messages;
		expect(there).toEqual(expect.arrayContaining(acknowledged));
		await store.threads.append(threadId, texts, 1);
		const { messages } = await store.threads.read(threadId, 1_000);
		expect(messages.map(({ messageSid }) => messageSid).sort()).toEqual(
			texts.map(({ messageSid }) => messageSid).sort(),
		);
	});

	it('hides from its callers that connections were broken off while idle or at work', async () => {
		const store = await open();
		const breakOff = async () => {
			await cluster.sql(
				`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE ${OURS}`,
			);
		};
		await store.threads.append(threadId, [storedMessage('before')], 5);
		await untilIdle();
		await breakOff();
		await store.threads.append(threadId, [storedMessage('after idle')], 5);

		// Held up by another transaction, so that it is at work when the connection goes.
		const holdUp = cluster.sql(
			`BEGIN; SELECT 1 FROM sms_agent.threads FOR UPDATE; SELECT pg_sleep(1); COMMIT`,
		);
		await untilHeldUp();
		const late = store.threads.append(threadId, [storedMessage('held up')], 5);
		await untilBlocked();
		await breakOff();
		await holdUp;
		expect((await late).newSids).toHaveLength(1);
		expect((await store.threads.read(threadId, 5)).keptMessages).toBe(3);
	});

	it('says that the thread is blocked when another transaction does not let go of it', async () => {
		const store = await open();
		await store.threads.append(threadId, [storedMessage('first')], 5);
		const holdUp = cluster.sql(
			`BEGIN; SELECT 1 FROM sms_agent.threads FOR UPDATE; SELECT pg_sleep(5); COMMIT`,
		);
		await untilHeldUp();
		await expect(store.threads.append(threadId, [storedMessage('x')], 5)).rejects.toMatchObject(
			{
				fix: expect.stringMatching(/^Another transaction held the thread/),
			},
		);
		await holdUp;
		expect((await store.threads.read(threadId, 5)).keptMessages).toBe(1);
	});

	it('never reads tables that have disappeared as empty threads', async () => {
		const store = await open();
		await cluster.sql('ALTER TABLE sms_agent.threads RENAME TO elsewhere');
		await expect(store.threads.read(threadId, 5)).rejects.toMatchObject({
			fix: expect.stringMatching(/gone or incomplete/),
		});
		await cluster.sql('ALTER TABLE sms_agent.elsewhere RENAME TO threads');
	});

	it('keeps its promises where the database demands serializable transactions', async () => {
		await cluster.sql(`ALTER ROLE owner SET default_transaction_isolation = 'serializable'`);
		const stores = [await open(), await open()];
		const texts = Array.from({ length: 20 }, (_, n) => storedMessage(`text ${n}`));
		await Promise.all(
			texts.map(async (text, n) => await stores[n % 2]?.threads.append(threadId, [text], 1)),
		);
		expect((await stores[0]?.threads.read(threadId, 1))?.keptMessages).toBe(20);
		await cluster.sql('ALTER ROLE owner RESET default_transaction_isolation');
	});
});
