import { onRedis } from '../../harness/servers/shared-redis';
import { redisKeys } from '../../nodes/shared/threads/stores/redis/redis-keys';
import type { RedisSettings } from '../../nodes/shared/threads/stores/redis/redis-settings';
import type { StoredParts } from '../contract/thread-store.contract';

/** What Redis keeps, past the store: hold and token stand before what a claim's holder wrote down. */
export function partsOf(settings: RedisSettings): StoredParts {
	const keys = redisKeys(settings.keyPrefix);
	const ask = async (...command: string[]) =>
		await onRedis(settings, async (client) => String(await client.sendCommand(command)));
	const claim = async (key: string) => await ask('GET', keys.ofClaim(key));
	return {
		state: async (threadId) => await ask('GET', keys.ofThread(threadId).state),
		setState: async (threadId, json) =>
			void (await ask('SET', keys.ofThread(threadId).state, json)),
		setMessage: async (threadId, json) =>
			void (await ask(
				'LSET',
				keys.ofThread(threadId).messages,
				'-1',
				`SM${'x'.repeat(16)}${json}`,
			)),
		claim: async (key) => (await claim(key)).split(' ').slice(2).join(' '),
		setClaim: async (key, json) => {
			const [held, token] = (await claim(key)).split(' ');
			await ask('SET', keys.ofClaim(key), `${held} ${token} ${json}`);
		},
		record: async (key) => await ask('GET', keys.ofRecord(key)),
		setRecord: async (key, json) => void (await ask('SET', keys.ofRecord(key), json)),
	};
}
