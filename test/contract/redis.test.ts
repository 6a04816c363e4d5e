import { randomUUID } from 'node:crypto';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { moveHolds, removeKeys } from '../support/redis-keys';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { threadStoreContract } from './thread-store.contract';

const retention = { messagesPerThread: 1_000, maxAgeDays: 1 };

threadStoreContract('Redis', async () => {
	const settings = await sharedRedis(`sms-agent-test-${randomUUID()}`);
	const open = async () => await openRedisThreadStore(settings, retention, systemClock);
	const store = await open();
	return {
		store,
		pass: async (ms) => await moveHolds(settings, ms),
		reopen: open,
		dispose: async () => {
			await store.close();
			await removeKeys(settings);
		},
	};
});
