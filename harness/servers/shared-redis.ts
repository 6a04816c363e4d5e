import { createClient } from '@redis/client';
import {
	type RedisSettings,
	redisSettingsOf,
} from '../../nodes/shared/threads/stores/redis/redis-settings';

const SERVER = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** A server that others use too, so under a prefix of one's own. Throws when there is none. */
export async function sharedRedis(keyPrefix: string): Promise<RedisSettings> {
	const { hostname: host, port } = new URL(SERVER);
	const settings = redisSettingsOf({ host, port: port || '6379', prefix: keyPrefix });
	await onRedis(settings, async (client) => await client.sendCommand(['PING']));
	return settings;
}

/** Acts on the server past the store. */
export async function onRedis<T>(
	{ host, port, user, password, database }: RedisSettings,
	act: (client: { sendCommand(command: string[]): Promise<unknown> }) => Promise<T>,
): Promise<T> {
	const client = createClient({
		RESP: 2,
		socket: { host, port, reconnectStrategy: false },
		...(user === '' ? {} : { username: user }),
		...(password === '' ? {} : { password }),
		database,
	});
	client.on('error', () => {});
	try {
		await client.connect();
	} catch (error) {
		throw new Error(
			`These tests need a Redis server at ${host}:${port}. Start one (redis-server --port ${port}) ` +
				'or name another in TEST_REDIS_URL.',
			{ cause: error },
		);
	}
	try {
		return await act(client);
	} finally {
		client.destroy();
	}
}

/** Whatever program they belong to. The pattern is as in Redis' own KEYS. */
export async function removeKeysLike(settings: RedisSettings, pattern: string): Promise<void> {
	const keys = await keysLike(settings, pattern);
	await onRedis(settings, async (client) => {
		for (let at = 0; at < keys.length; at += 1_000) {
			await client.sendCommand(['DEL', ...keys.slice(at, at + 1_000)]);
		}
	});
}

/** The pattern is as in Redis' own KEYS. */
export async function keysLike(settings: RedisSettings, pattern: string): Promise<string[]> {
	return await onRedis(settings, async (client) => {
		const keys: string[] = [];
		let cursor = '0';
		do {
			const scan = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', '5000'];
			const [next, found] = (await client.sendCommand(scan)) as [string, string[]];
			keys.push(...found);
			cursor = next;
		} while (cursor !== '0');
		return keys;
	});
}
