import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../messaging/clock';
import type { Message } from '../../../messaging/message';
import { StoreUnavailableError } from '../../thread-store';
import { redisClaims } from './redis-claims';
import { DEFAULT_TIMEOUTS, RedisConnection, type RedisTimeouts } from './redis-connection';
import { redisKeys } from './redis-keys';
import { redisRecords } from './redis-records';
import type { RedisSettings } from './redis-settings';
import { redisThreads } from './redis-threads';

export type RedisTest = { ok: true } | { ok: false; message: string };

/**
 * Tries everything the store does, once, under keys of its own that it removes again: a user who
 * may read but not write would otherwise pass here and lose the first text.
 */
export async function testRedisSettings(
	settings: RedisSettings,
	clock: Clock,
	timeouts: RedisTimeouts = { ...DEFAULT_TIMEOUTS, bridgeMs: 0 },
): Promise<RedisTest> {
	const connection = new RedisConnection(settings, clock, timeouts);
	try {
		await tryEverything(connection);
		return { ok: true };
	} catch (error) {
		if (!(error instanceof StoreUnavailableError)) throw error;
		return { ok: false, message: error.fix };
	} finally {
		await connection.close();
	}
}

/** Two texts where one is kept, so that the trimming is tried too. */
async function tryEverything(connection: RedisConnection): Promise<void> {
	const threadId = `check-${randomUUID()}`;
	const keys = redisKeys(connection.settings.keyPrefix, `${threadId}:`);
	const threads = redisThreads(connection, keys, { messagesPerThread: 1, maxAgeDays: 1 / 1_440 });
	const claims = redisClaims(connection, keys);
	const records = redisRecords(connection, keys);
	const record = `check:${threadId}`;
	try {
		await threads.append(threadId, [text('one'), text('two')], 1);
		await threads.changeState(threadId, (state) => ({ ...state, metadata: { tried: 'yes' } }));
		await threads.append(threadId, [text('three')], 1);
		await threads.read(threadId, 1);
		await threads.list({ prefix: threadId, limit: 1 });
		const claim = await claims.claim(threadId, 0);
		if (claim.status === 'claimed') {
			await claims.look(threadId);
			await claims.note(threadId, claim.token, {}, 0);
			await claims.release(threadId, claim.token);
		}
		await records.change(record, () => ({ tried: 'yes' }));
		await records.read([record, `${record}-other`]);
		await records.list({ prefix: 'check:', limit: 1 });
	} finally {
		await threads.delete(threadId);
		await records.delete(record);
	}
}

function text(body: string): Message {
	return {
		messageSid: `check ${body}`,
		direction: 'inbound',
		author: 'contact',
		body,
		media: [],
		sender: '',
		numSegments: 1,
		at: '2026-01-01T00:00:00.000Z',
	};
}
