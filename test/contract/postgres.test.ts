import { openPostgresThreadStore } from '../../nodes/shared/threads/postgres/postgres-thread-store';
import { settingsOfServer, TestSchema } from '../support/postgres-server';
import { threadStoreContract } from './thread-store.contract';

const ROOMY = { messagesPerThread: 1_000, maxAgeDays: 90 };

threadStoreContract('Postgres', async () => {
	const schema = await TestSchema.on(settingsOfServer());
	const open = async () => await openPostgresThreadStore(schema.settings, ROOMY);
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
});
