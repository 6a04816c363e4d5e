import type { Clock } from '../../../messaging/clock';
import { type OpenThreadStore, STORE_PROMISES } from '../../thread-store';
import { redisAllowances } from './redis-allowances';
import { redisClaims } from './redis-claims';
import { DEFAULT_TIMEOUTS, RedisConnection, type RedisTimeouts } from './redis-connection';
import { redisKeys } from './redis-keys';
import { redisRecords } from './redis-records';
import type { RedisSettings } from './redis-settings';
import { type RedisRetention, redisThreads } from './redis-threads';

/**
 * Threads in a Redis server, for any number of workflows and processes. Connects on first use.
 *
 * What Redis acknowledged survives a crash of n8n always, and a crash of Redis as far as the server
 * is set up for it: with `appendonly yes` at most the last second is lost (`appendfsync everysec`)
 * or nothing (`always`); with snapshots alone, everything since the last; with neither, everything.
 * A server that evicts (`maxmemory-policy` other than `noeviction`) may forget threads, and lose what a
 * record says: such a record cannot be read then, and who has opted out gets no text.
 */
export async function openRedisThreadStore(
	settings: RedisSettings,
	retention: RedisRetention,
	clock: Clock,
	timeouts: RedisTimeouts = DEFAULT_TIMEOUTS,
): Promise<OpenThreadStore> {
	return redisThreadStore(new RedisConnection(settings, clock, timeouts), retention);
}

/** The same on a connection that may be shared; closing the store closes the connection. */
export function redisThreadStore(
	connection: RedisConnection,
	retention: RedisRetention,
): OpenThreadStore {
	const keys = redisKeys(connection.settings.keyPrefix);
	return {
		kind: 'redis',
		promises: STORE_PROMISES.redis,
		threads: redisThreads(connection, keys, retention),
		claims: redisClaims(connection, keys),
		allowances: redisAllowances(connection, keys),
		records: redisRecords(connection, keys),
		close: async () => await connection.close(),
	};
}
