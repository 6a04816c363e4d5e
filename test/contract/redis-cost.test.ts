import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { OwnRedisServer } from '../../harness/servers/own-redis-server';
import { onRedis } from '../../harness/servers/shared-redis';
import { storedMessage } from '../support/stored-message';
import { PATIENT } from '../support/patient-redis';

const KEPT = 2_000;
const TEXT = 'Is the flat still free? '.repeat(4);
const threadIdOf = (n: number) =>
	`AC00000000000000000000000000000001:front-desk:+1415${String(n).padStart(7, '0')}`;

interface CommandCounts {
	[command: string]: number;
}

describe('the cost of a text in Redis', () => {
	let server: OwnRedisServer;
	let store: OpenThreadStore;

	beforeAll(async () => {
		server = await OwnRedisServer.start();
		store = await openRedisThreadStore(
			server.settings(),
			{
				messagesPerThread: KEPT,
				maxAgeDays: 1,
			},
			systemClock,
			PATIENT,
		);
	});
	afterAll(async () => {
		await store.close();
		await server.dispose();
	});

	const info = async (section: string) =>
		String(
			await onRedis(
				server.settings(),
				async (client) => await client.sendCommand(['INFO', section]),
			),
		);
	/** How often each command ran for `work`, those inside scripts included. */
	async function commandsOf(work: () => Promise<unknown>): Promise<CommandCounts> {
		await onRedis(server.settings(), async (client) => {
			await client.sendCommand(['CONFIG', 'RESETSTAT']);
		});
		await work();
		const stats = [...(await info('commandstats')).matchAll(/cmdstat_([^:|]+):calls=(\d+)/g)];
		const counts = stats.map(([, command = '', calls]) => [command, Number(calls)] as const);
		return Object.fromEntries(counts.filter(([command]) => !/config|info/.test(command)));
	}
	/** Microseconds of the server for each of `count` calls. */
	async function serverTime(
		count: number,
		work: (n: number) => Promise<unknown>,
	): Promise<number> {
		await onRedis(server.settings(), async (client) => {
			await client.sendCommand(['CONFIG', 'RESETSTAT']);
		});
		for (let n = 0; n < count; n++) await work(n);
		return Number(
			/cmdstat_evalsha:.*usec_per_call=([\d.]+)/.exec(await info('commandstats'))?.[1],
		);
	}
	const append = async (n: number) =>
		await store.threads.append(threadIdOf(n), [storedMessage(TEXT)], 20);

	it('is one round trip to append and read, and one to read', async () => {
		await append(0);
		await store.threads.read(threadIdOf(0), 20);
		expect(await commandsOf(async () => await append(0))).toMatchObject({ evalsha: 1 });
		const reading = await commandsOf(async () => await store.threads.read(threadIdOf(0), 20));
		expect(reading).toEqual({ evalsha: 1, get: 1, hget: 1, llen: 1, lrange: 1 });
	});

	it('is one round trip for many threads, and for many allowances', async () => {
		const tripsOf = async (work: () => Promise<unknown>) => {
			const before = /total_reads_processed:(\d+)/.exec(await info('stats'))?.[1];
			await work();
			const after = /total_reads_processed:(\d+)/.exec(await info('stats'))?.[1];
			return Number(after) - Number(before);
		};
		const ids = Array.from({ length: 100 }, (_, n) => threadIdOf(n));
		const requests = ids.map((key) => ({ allowances: [{ key, most: 1 }], taker: 'SM' }));
		const read = async () => await store.threads.readMany(ids, 20);
		const take = async () => await store.allowances.takeEach(requests);
		await Promise.all([read(), take()]);
		const other = await tripsOf(async () => {});
		// Redis reads 16 kB at a time.
		expect((await tripsOf(read)) - other).toBeLessThanOrEqual(3);
		expect((await tripsOf(take)) - other).toBeLessThanOrEqual(3);
	});

	it('is the same for a long thread as for a short one', async () => {
		for (let n = 0; n < 30; n++) await append(1);
		const short = await commandsOf(async () => await append(1));
		const shortTime = await serverTime(300, async () => await append(1));
		const texts = Array.from({ length: 1_500 }, () => storedMessage('x'.repeat(100)));
		await store.threads.append(threadIdOf(2), texts, 0);
		const long = await commandsOf(async () => await append(2));
		const longTime = await serverTime(300, async () => await append(2));
		expect(long).toEqual(short);
		report('1,500 messages over 30', longTime, shortTime);
	});

	it('is the same among 10,000 threads as among 100', async () => {
		await fill(100, 200, 2);
		const few = await commandsOf(async () => await append(150));
		const fewTime = await serverTime(300, async (n) => await append(100 + (n % 100)));
		await fill(200, 10_200, 2);
		const many = await commandsOf(async () => await append(5_000));
		const manyTime = await serverTime(300, async (n) => await append(200 + n * 30));
		expect(many).toEqual(few);
		report('10,000 threads over 100', manyTime, fewTime);
	}, 120_000);

	it('is less than 6 kB of memory for a thread of 20 messages of 96 characters', async () => {
		const before = await usedMemory();
		await fill(20_000, 20_500, 20);
		const perThread = ((await usedMemory()) - before) / 500;
		process.stderr.write(`  ${perThread.toFixed(0)} bytes for each thread of 20 messages\n`);
		expect(perThread).toBeLessThan(6_000);
	});

	async function fill(from: number, to: number, messages: number): Promise<void> {
		for (let at = from; at < to; at += 250) {
			await Promise.all(
				Array.from({ length: Math.min(250, to - at) }, async (_, n) => {
					const texts = Array.from({ length: messages }, () => storedMessage(TEXT));
					await store.threads.append(threadIdOf(at + n), texts, 0);
				}),
			);
		}
	}

	async function usedMemory(): Promise<number> {
		return Number(/used_memory:(\d+)/.exec(await info('memory'))?.[1]);
	}

	function report(what: string, now: number, then: number): void {
		const ratio = (now / then).toFixed(2);
		process.stderr.write(
			`  ${what}: ${now} over ${then} us of the server an append, ${ratio}\n`,
		);
	}
});
