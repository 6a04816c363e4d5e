import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import type { RedisSettings } from '../../nodes/shared/threads/stores/redis/redis-settings';
import { removeKeys } from '../support/redis-keys';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { storedMessage } from '../support/stored-message';
import { PATIENT } from '../support/patient-redis';

const THREAD = 'AC00000000000000000000000000000001:front-desk:+14155550123';
const RETENTION = { messagesPerThread: 200, maxAgeDays: 1 };

describe('two n8n processes on one Redis', () => {
	let settings: RedisSettings;
	let one: OpenThreadStore;
	let two: OpenThreadStore;

	beforeEach(async () => {
		settings = await sharedRedis(`sms-agent-test-${randomUUID()}`);
		one = await openRedisThreadStore(settings, RETENTION, systemClock, PATIENT);
		two = await openRedisThreadStore(settings, RETENTION, systemClock, PATIENT);
	});
	afterEach(async () => {
		await one.close();
		await two.close();
		await removeKeys(settings);
	});

	it('keep one order of what both append at the same instant, and each append sees its past', async () => {
		const seen = await Promise.all(
			Array.from({ length: 50 }, async (_, n) => {
				const store = n % 2 === 0 ? one : two;
				const { thread } = await store.threads.append(THREAD, [storedMessage(`${n}`)], 100);
				return thread.messages.map(({ body }) => body);
			}),
		);
		const order = (await one.threads.read(THREAD, 100)).messages.map(({ body }) => body);
		expect((await two.threads.read(THREAD, 100)).messages.map(({ body }) => body)).toEqual(
			order,
		);
		expect(order).toHaveLength(50);
		// Whatever one append saw is how the final order begins: no text came in before another later.
		expect(seen.filter((past) => past.join() !== order.slice(0, past.length).join())).toEqual(
			[],
		);
		expect(new Set(seen.map((past) => past.length)).size).toBe(50);
	});

	it('tell one of them that a text delivered to both was new', async () => {
		const texts = Array.from({ length: 100 }, (_, n) => storedMessage(`${n}`));
		const told = await Promise.all(
			[one, two].flatMap(({ threads }) =>
				texts.map(async (text) => (await threads.append(THREAD, [text], 1)).newSids),
			),
		);
		expect(told.flat().sort()).toEqual(texts.map(({ messageSid }) => messageSid).sort());
		expect((await one.threads.read(THREAD, 1)).keptMessages).toBe(100);
	});

	it('lose no change of state that both make at once', async () => {
		await Promise.all(
			Array.from({ length: 60 }, async (_, n) => {
				const { threads } = n % 2 === 0 ? one : two;
				await threads.changeState(THREAD, (state) => ({
					...state,
					metadata: {
						...state.metadata,
						count: `${Number(state.metadata['count'] ?? 0) + 1}`,
					},
				}));
			}),
		);
		expect((await one.threads.read(THREAD, 1)).state.metadata['count']).toBe('60');
	});

	it("end a hold by Redis' own clock", async () => {
		const first = await one.claims.claim('k', 300);
		expect(first.status).toBe('claimed');
		await sleep(400);
		expect((await two.claims.claim('k', 60_000)).status).toBe('claimed');
		expect((await one.claims.claim('k', 60_000)).status).toBe('held');
	});

	it('never both hold a claim', async () => {
		const got = await Promise.all(
			Array.from({ length: 40 }, async (_, n) => {
				const claims = (n % 2 === 0 ? one : two).claims;
				return (await claims.claim(`k${n >> 2}`, 60_000)).status;
			}),
		);
		expect(got.filter((status) => status === 'claimed')).toHaveLength(10);
	});
});
