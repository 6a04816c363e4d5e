import { keysLike, onRedis, removeKeysLike } from '../../harness/servers/shared-redis';
import type { RedisSettings } from '../../nodes/shared/threads/stores/redis/redis-settings';

export async function keysOf(settings: RedisSettings): Promise<string[]> {
	return await keysLike(settings, `{${settings.keyPrefix}}:*`);
}

export async function removeKeys(settings: RedisSettings): Promise<void> {
	await removeKeysLike(settings, `{${settings.keyPrefix}}:*`);
}

/** As if `ms` had passed for every claim and count: the clock is the server's own and cannot be moved. */
export async function moveHolds(settings: RedisSettings, ms: number): Promise<void> {
	const claims = (await keysOf(settings)).filter((key) => /\}:[ac]:/.test(key));
	await onRedis(settings, async (client) => {
		for (const key of claims) {
			const [held = '', ...rest] = String(await client.sendCommand(['GET', key])).split(' ');
			if (held === 'settled') continue;
			// A hold has its length behind it, a count has none.
			const [time, ...length] = held.split('/');
			const moved = [[Number(time) - ms, ...length].join('/'), ...rest].join(' ');
			const left = Number(await client.sendCommand(['PTTL', key])) - ms;
			const kept = String(Math.max(1, left));
			await client.sendCommand(['SET', key, moved, 'PX', kept]);
		}
	});
}
