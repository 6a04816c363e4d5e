import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { TestSchema } from '../support/test-schema';
import type { StoredParts, StoreUnderTest } from './thread-store.contract';

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
		parts: partsOf(schema),
		pass: async (ms) => await schema.pass(ms),
		setBack: async (ms) => await schema.pass(-ms),
		reopen: open,
		dispose: async () => {
			await store.close();
			await schema.drop();
		},
	};
}

/** What the tables keep, past the store. */
function partsOf(schema: TestSchema): StoredParts {
	const one = async (statement: string, ...values: string[]) => {
		const [row] = await schema.sql<{ part: string }>(statement, values);
		return row?.part ?? '';
	};
	const set = async (statement: string, ...values: string[]) =>
		void (await schema.sql(statement, values));
	return {
		state: async (threadId) =>
			await one('SELECT state AS part FROM SCHEMA.threads WHERE thread_id = $1', threadId),
		setState: async (threadId, json) =>
			await set('UPDATE SCHEMA.threads SET state = $1 WHERE thread_id = $2', json, threadId),
		setMessage: async (threadId, json) =>
			await set(
				`UPDATE SCHEMA.messages m SET message = $1 FROM SCHEMA.threads t
				WHERE m.thread_no = t.thread_no AND m.n = t.last_n AND t.thread_id = $2`,
				json,
				threadId,
			),
		claim: async (key) =>
			await one('SELECT record AS part FROM SCHEMA.claims WHERE key = $1', key),
		setClaim: async (key, json) =>
			await set('UPDATE SCHEMA.claims SET record = $1 WHERE key = $2', json, key),
		record: async (key) =>
			await one('SELECT value AS part FROM SCHEMA.records WHERE key = $1', key),
		setRecord: async (key, json) =>
			await set('UPDATE SCHEMA.records SET value = $1 WHERE key = $2', json, key),
	};
}
