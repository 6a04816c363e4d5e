import { onRedis } from '../../harness/servers/shared-redis';
import { redisKeys } from '../../nodes/shared/threads/stores/redis/redis-keys';
import type { RedisSettings } from '../../nodes/shared/threads/stores/redis/redis-settings';
import type { StoredParts } from '../contract/thread-store.contract';

/** What Redis keeps, past the store: a letter stands before a state, hold and token before a record. */
export function partsOf(settings: RedisSettings): StoredParts {
	const keys = redisKeys(settings.keyPrefix);
	const ask = async (...command: string[]) =>
		await onRedis(settings, async (client) => String(await client.sendCommand(command)));
	const claim = async (key: string) => await ask('GET', keys.ofClaim(key));
	return {
		state: async (threadId) => (await ask('GET', keys.ofThread(threadId).state)).slice(1),
		setState: async (threadId, json) =>
			void (await ask('SET', keys.ofThread(threadId).state, `K${json}`)),
		setMessage: async (threadId, json) =>
			void (await ask(
				'LSET',
				keys.ofThread(threadId).messages,
				'-1',
				`SM${'x'.repeat(16)}${json}`,
			)),
		record: async (key) => (await claim(key)).split(' ').slice(2).join(' '),
		setRecord: async (key, json) => {
			const [held, token] = (await claim(key)).split(' ');
			await ask('SET', keys.ofClaim(key), `${held} ${token} ${json}`);
		},
	};
}
