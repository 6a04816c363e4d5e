import { randomUUID } from 'node:crypto';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { partsOf } from '../support/redis-parts';
import { moveHolds, removeKeys } from '../support/redis-keys';
import { PATIENT } from '../support/patient-redis';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { threadStoreContract } from './thread-store.contract';

const retention = { messagesPerThread: 1_000, maxAgeDays: 1 };

threadStoreContract('Redis', async () => {
	const settings = await sharedRedis(`sms-agent-test-${randomUUID()}`);
	const open = async () => await openRedisThreadStore(settings, retention, systemClock, PATIENT);
	const store = await open();
	return {
		store,
		parts: partsOf(settings),
		pass: async (ms) => await moveHolds(settings, ms),
		setBack: async (ms) => await moveHolds(settings, -ms),
		reopen: open,
		dispose: async () => {
			await store.close();
			await removeKeys(settings);
		},
	};
});
