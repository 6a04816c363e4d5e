import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { LiveThreads } from '../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import { DEFAULT_LIMITS } from '../../nodes/shared/threads/thread-limits';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { PATIENT } from '../support/patient-redis';
import { removeKeys } from '../support/redis-keys';
import { postgresUnderTest } from './postgres-under-test';

interface Opened {
	store: OpenThreadStore;
	dispose: () => Promise<void>;
}

/** One of each kind, on the real thing. */
export const EVERY_STORE: Array<[name: string, open: () => Promise<Opened>]> = [
	[
		'static data',
		async () => ({
			store: staticDataThreadStore(new LiveThreads(), DEFAULT_LIMITS, systemClock, () => {}),
			dispose: async () => {},
		}),
	],
	[
		'the embedded database',
		async () => {
			const folder = mkdtempSync(join(tmpdir(), 'sms-person-'));
			const file = join(folder, 'threads.sqlite');
			const limits = { messagesPerThread: 50, maxAgeDays: 1, maxMegabytes: 10 };
			const store = await openEmbeddedThreadStore({ ...limits, file }, systemClock);
			return {
				store,
				dispose: async () => {
					await store.close();
					rmSync(folder, { recursive: true });
				},
			};
		},
	],
	[
		'Redis',
		async () => {
			const settings = await sharedRedis(`sms-agent-test-${randomUUID()}`);
			const retention = { messagesPerThread: 50, maxAgeDays: 1 };
			const store = await openRedisThreadStore(settings, retention, systemClock, PATIENT);
			return {
				store,
				dispose: async () => {
					await store.close();
					await removeKeys(settings);
				},
			};
		},
	],
	['Postgres', async () => await postgresUnderTest(settingsOfServer())],
];
