import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { TestSchema } from '../support/test-schema';
import type { StoreUnderTest } from './thread-store.contract';

export const ROOMY = { messagesPerThread: 1_000, maxAgeDays: 90 };

/** In a schema of its own. The store comes in at `port`: the server's, or that of a pooler before it. */
export async function postgresUnderTest(
	server: PostgresSettings,
	port = server.port,
): Promise<StoreUnderTest> {
	const schema = await TestSchema.on(server);
	const settings = { ...schema.settings, port };
	const open = async () => await openPostgresThreadStore(settings, ROOMY, systemClock);
	const store = await open();
	return {
		store,
		pass: async (ms) => await schema.pass(ms),
		reopen: open,
		dispose: async () => {
			await store.close();
			await schema.drop();
		},
	};
}
