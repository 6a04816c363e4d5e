import type { Clock } from '../../../messaging/clock';
import { type OpenThreadStore, STORE_PROMISES } from '../../thread-store';
import { migrate, quotedSchema } from './migrations';
import { postgresClaims } from './postgres-claims';
import { postgresConnection } from './postgres-connection';
import { postgresRetention } from './postgres-retention';
import type { PostgresRetention, PostgresSettings } from './postgres-settings';
import { postgresThreads } from './postgres-threads';

/**
 * Threads in Postgres, for all workflows and all processes that use the same schema. The tables are
 * made on first use. Rejects with StoreUnavailableError when that fails.
 */
export async function openPostgresThreadStore(
	settings: PostgresSettings,
	retention: PostgresRetention,
	clock: Clock,
): Promise<OpenThreadStore> {
	const connection = await postgresConnection(settings, clock);
	try {
		await migrate(connection, settings);
	} catch (error) {
		await connection.close();
		throw error;
	}
	const schema = quotedSchema(settings);
	const written = postgresRetention(connection, schema, retention.maxAgeDays);
	return {
		kind: 'postgres',
		promises: STORE_PROMISES.postgres,
		threads: postgresThreads(connection, schema, retention.messagesPerThread, written),
		claims: postgresClaims(connection, schema, written),
		close: async () => await connection.close(),
	};
}
