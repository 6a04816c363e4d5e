import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import {
	type OpenThreadStore,
	StoreUnavailableError,
} from '../../nodes/shared/threads/thread-store';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { OwnRedisServer } from '../../harness/servers/own-redis-server';
import { onRedis } from '../../harness/servers/shared-redis';
import { PATIENT } from '../support/patient-redis';
import { storedMessage } from '../support/stored-message';
import { claimPort } from '../../harness/claim-port';

const THREAD = 'AC00000000000000000000000000000001:front-desk:+14155550123';
const RETENTION = { messagesPerThread: 1_000, maxAgeDays: 1 };
/** Short, so that the tests are; the rules are those of the long ones. */
const TIMES = { connectMs: 3_000, commandMs: 3_000, bridgeMs: 3_000 };
/** Nobody waits so long for a call that its own time does not end. */
const MARGIN_MS = 10_000;

describe('Redis gone away', () => {
	let server: OwnRedisServer;
	let store: OpenThreadStore;
	/** For what is done while the server is well: the machine may be busy. */
	let patient: OpenThreadStore;

	beforeAll(async () => {
		server = await OwnRedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
	});
	afterAll(async () => {
		await server.dispose();
	});
	beforeEach(async () => {
		await onRedis(server.settings(), async (client) => await client.sendCommand(['FLUSHALL']));
		patient = await openRedisThreadStore(server.settings(), RETENTION, systemClock, PATIENT);
		await patient.threads.append(THREAD, [storedMessage('before')], 5);
		store = await openRedisThreadStore(server.settings(), RETENTION, systemClock, TIMES);
		await untilBack();
	});
	afterEach(async () => {
		await store.close();
		await patient.close();
	});

	const everything = (
		on: OpenThreadStore,
	): Array<[name: string, call: () => Promise<unknown>]> => [
		['append', async () => await on.threads.append(THREAD, [storedMessage('x')], 5)],
		['read', async () => await on.threads.read(THREAD, 5)],
		[
			'changeState',
			async () =>
				await on.threads.changeState(THREAD, (state) => ({
					...state,
					metadata: { a: 'b' },
				})),
		],
		['list', async () => await on.threads.list({ prefix: '', limit: 5 })],
		['delete', async () => await on.threads.delete(THREAD)],
		['take', async () => await on.allowances.take([{ key: 'k', most: 1 }], 't')],
		['read of records', async () => await on.records.read(['k'])],
		['change', async () => await on.records.change('k', () => ({}))],
		['list of records', async () => await on.records.list({ prefix: 'k:', limit: 5 })],
		['delete of a record', async () => await on.records.delete('k')],
		['claim', async () => await on.claims.claim('k', 1_000)],
		['note', async () => await on.claims.note('k', 't', {}, 1_000)],
		['settle', async () => await on.claims.settle('k', 't', {})],
		['release', async () => await on.claims.release('k', 't')],
	];

	/** Every method refuses in time; which of them did something else. */
	async function refusals(on: OpenThreadStore): Promise<string[]> {
		const wrong: string[] = [];
		await Promise.all(
			everything(on).map(async ([name, call]) => {
				const began = performance.now();
				const outcome = await call().catch((error: unknown) => error);
				const took = performance.now() - began;
				if (!(outcome instanceof StoreUnavailableError))
					wrong.push(`${name} did not refuse`);
				if (took > TIMES.commandMs + MARGIN_MS)
					wrong.push(`${name} took ${took.toFixed(0)} ms`);
			}),
		);
		return wrong;
	}

	/** Waits until the store has found its server again: as long as the longest pause between two attempts. */
	async function untilBack(): Promise<void> {
		const answers = async () =>
			await store.threads.read(THREAD, 1).then(
				() => true,
				() => false,
			);
		const deadline = Date.now() + 60_000;
		while (!(await answers()) && Date.now() < deadline) await sleep(20);
	}

	it('refuses every call in time while the server is down, and never reads as empty', async () => {
		await server.kill();
		try {
			expect(await refusals(store)).toEqual([]);
			const fresh = await openRedisThreadStore(
				server.settings(),
				RETENTION,
				systemClock,
				TIMES,
			);
			expect(await refusals(fresh)).toEqual([]);
			await fresh.close();
		} finally {
			await server.bringBack();
		}
	});

	it('says which server, why and what to do, without the password', async () => {
		const port = await claimPort();
		const settings = { ...server.settings({ password: 'top secret' }), port };
		// A busy machine refuses late, and its time must not be over before.
		const slow = { ...PATIENT, bridgeMs: 5_000 };
		const lonely = await openRedisThreadStore(settings, RETENTION, systemClock, slow);
		const refused = await lonely.threads.read(THREAD, 5).catch((error: unknown) => error);
		await lonely.close();
		expect(refused).toBeInstanceOf(StoreUnavailableError);
		const { message, fix, cause } = refused as StoreUnavailableError;
		expect(message).toBe(`The thread store (Redis at 127.0.0.1:${port}) is not available`);
		expect(fix).toMatch(
			/^Nothing answers at 127\.0\.0\.1, port \d+\. Check the host and the port/,
		);
		expect(`${message} ${fix} ${String(cause)}`).not.toContain('top secret');
	});

	it('fails at once, not after a wait each time, when the outage is an old one', async () => {
		await server.kill();
		try {
			await expect(store.threads.read(THREAD, 5)).rejects.toThrow(StoreUnavailableError);
			await sleep(TIMES.bridgeMs);
			let fastest = Infinity;
			for (let round = 0; round < 10 && fastest > TIMES.bridgeMs / 3; round++) {
				const began = performance.now();
				await expect(store.threads.read(THREAD, 5)).rejects.toThrow(StoreUnavailableError);
				fastest = Math.min(fastest, performance.now() - began);
			}
			expect(fastest).toBeLessThan(TIMES.bridgeMs / 3);
		} finally {
			await server.bringBack();
		}
	});

	it('works again by itself, with everything it had acknowledged, after a crash and a restart', async () => {
		await server.kill();
		await expect(store.threads.read(THREAD, 5)).rejects.toThrow(StoreUnavailableError);
		await server.bringBack();
		await untilBack();
		await store.threads.append(THREAD, [storedMessage('after')], 5);
		const thread = await patient.threads.read(THREAD, 5);
		expect(thread.messages.map(({ body }) => body)).toEqual(['before', 'after']);
	});

	it('waits out a restart that is shorter than the time of a call', async () => {
		await server.kill();
		// Until the client has heard of it; a write that was under way is not repeated.
		await sleep(50);
		const pending = patient.threads.append(THREAD, [storedMessage('during')], 5);
		await server.bringBack();
		expect((await pending).thread.messages.map(({ body }) => body)).toEqual([
			'before',
			'during',
		]);
	});

	it('refuses in time when the server freezes in the middle, and nothing given up on is done later', async () => {
		server.freeze();
		try {
			expect(await refusals(store)).toEqual([]);
			// A second round, on a server that accepts the connection and is mute.
			expect(await refusals(store)).toEqual([]);
		} finally {
			server.thaw();
		}
		await sleep(4_000);
		const thread = await patient.threads.read(THREAD, 5);
		expect(thread.messages.map(({ body }) => body)).toEqual(['before']);
		expect(thread.state.metadata).toEqual({});
		expect(await patient.records.read(['k'])).toEqual([undefined]);
		expect((await patient.claims.claim('k', 1_000)).status).toBe('claimed');
	});

	it('loses or doubles no acknowledged text when the server is killed among fifty appends', async () => {
		const acknowledged: string[] = [];
		const texts = Array.from({ length: 50 }, (_, n) => storedMessage(`text ${n}`));
		const all = texts.map(async (text, n) => {
			await sleep(n * 4);
			await store.threads.append(THREAD, [text], 1).then(
				() => acknowledged.push(text.body),
				() => undefined,
			);
		});
		await sleep(100);
		await server.kill();
		await server.bringBack();
		await Promise.all(all);
		await untilBack();
		const { messages } = await patient.threads.read(THREAD, 100);
		const kept = messages.map(({ body }) => body);
		expect(kept).toEqual(expect.arrayContaining(acknowledged));
		expect(new Set(kept).size).toBe(kept.length);
		expect(acknowledged.length).toBeGreaterThan(0);
	});

	it('runs again when the scripts were flushed from the server', async () => {
		await onRedis(server.settings(), async (client) => {
			await client.sendCommand(['SCRIPT', 'FLUSH']);
		});
		expect((await patient.threads.read(THREAD, 5)).keptMessages).toBe(1);
	});

	it('connects anew after the server dropped the connection', async () => {
		await onRedis(server.settings(), async (client) => {
			await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
		});
		await sleep(50);
		expect((await patient.threads.read(THREAD, 5)).keptMessages).toBe(1);
	});

	it('refuses after it was closed, and closing does not wait for a server that is gone', async () => {
		await store.close();
		expect(await refusals(store)).toEqual([]);
		const port = await claimPort();
		const lonely = await openRedisThreadStore(
			{ ...server.settings(), port },
			RETENTION,
			systemClock,
		);
		const pending = lonely.threads.read(THREAD, 5).catch((error: unknown) => error);
		await sleep(100);
		const began = performance.now();
		await lonely.close();
		expect(await pending).toBeInstanceOf(StoreUnavailableError);
		// Of the five seconds that the call would wait.
		expect(performance.now() - began).toBeLessThan(4_000);
	});
});
