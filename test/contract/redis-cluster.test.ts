import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { testRedisSettings } from '../../nodes/shared/threads/stores/redis/test-redis-settings';
import { claimPort } from '../../harness/claim-port';
import { OwnRedisServer } from '../../harness/servers/own-redis-server';
import { onRedis } from '../../harness/servers/shared-redis';
import { storedMessage } from '../support/stored-message';
import { PATIENT } from '../support/patient-redis';

const HOSTILE = ['{', '}', '{}', '{a}:1', '}{b}', 'x{c}y', '{{d}}', '*', ''];

describe('Redis in cluster mode', () => {
	let server: OwnRedisServer;
	const ask = async (...command: string[]) =>
		await onRedis(server.settings(), async (client) => await client.sendCommand(command));

	beforeAll(async () => {
		// The usual one, 10000 above, lies where systems take ports for outgoing connections.
		const busPort = String(await claimPort());
		server = await OwnRedisServer.start('--cluster-enabled', 'yes', '--cluster-port', busPort);
	});
	afterAll(async () => {
		await server.dispose();
	});

	it('is refused with what to do where this node does not hold the keys', async () => {
		expect(await testRedisSettings(server.settings(), systemClock)).toEqual({
			ok: false,
			message: expect.stringMatching(
				/^This is one node of a Redis Cluster.* Use a Redis server/,
			),
		});
	});

	it('keeps all keys of a script in one place, whatever braces a thread id has', async () => {
		await ask('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
		while (!String(await ask('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(50);
		const store = await openRedisThreadStore(
			server.settings(),
			{
				messagesPerThread: 1,
				maxAgeDays: 1,
			},
			systemClock,
			PATIENT,
		);
		for (const threadId of HOSTILE) {
			await store.threads.append(threadId, [storedMessage('one'), storedMessage('two')], 1);
			await store.threads.changeState(threadId, (state) => ({
				...state,
				metadata: { a: 'b' },
			}));
			await store.records.change(`brand:${threadId}:a`, () => ({ of: threadId }));
		}
		const { threads } = await store.threads.list({ prefix: '', limit: 100 });
		expect(threads.map(({ threadId }) => threadId)).toEqual(HOSTILE.toReversed());
		expect(await store.threads.list({ prefix: '{', limit: 100 })).toMatchObject({
			threads: ['{{d}}', '{a}:1', '{}', '{'].map((threadId) => ({ threadId })),
		});
		const read = await store.threads.readMany(HOSTILE, 1);
		expect(read).toMatchObject(HOSTILE.map((threadId) => ({ threadId, keptMessages: 1 })));
		const keys = HOSTILE.map((threadId) => `brand:${threadId}:a`);
		expect(await store.records.read(keys)).toEqual(HOSTILE.map((of) => ({ of })));
		const { records } = await store.records.list({ prefix: 'brand:', limit: 100 });
		expect(records.map(({ key }) => key)).toEqual(keys.toSorted());
		for (const key of keys) expect(await store.records.delete(key)).toBe(true);
		for (const threadId of HOSTILE) expect(await store.threads.delete(threadId)).toBe(true);
		expect(await ask('DBSIZE')).toBe(0);
		await store.close();
	});
});
