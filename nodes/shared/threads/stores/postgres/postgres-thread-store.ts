import type { Clock } from '../../../messaging/clock';
import { type OpenThreadStore, STORE_PROMISES } from '../../thread-store';
import { migrate, quotedSchema } from './migrations';
import { postgresAllowances } from './postgres-allowances';
import { postgresClaims } from './postgres-claims';
import { type PostgresConnection, postgresConnection } from './postgres-connection';
import { postgresRecords } from './postgres-records';
import { postgresName, type PostgresRetention, type PostgresSettings } from './postgres-settings';
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
	const place = { schema, store: postgresName(settings) };
	const written = sweeper(connection, schema, retention.maxAgeDays);
	return {
		kind: 'postgres',
		promises: STORE_PROMISES.postgres,
		threads: postgresThreads(connection, place, retention.messagesPerThread, written),
		claims: postgresClaims(connection, place, written),
		allowances: postgresAllowances(connection, schema, written),
		records: postgresRecords(connection, place),
		close: async () => await connection.close(),
	};
}

/** Every write makes at most one thread and one claim; so each sweep takes away twice what came. */
const WRITES_PER_SWEEP = 10;
const THREADS_PER_SWEEP = 20;
const CLAIMS_PER_SWEEP = 20;

/**
 * Drops what has aged, a few at a time, while the store is written to: nobody waits for it, and no
 * sweep ever reads more than it drops. To be called after each write.
 */
function sweeper(connection: PostgresConnection, schema: string, maxAgeDays: number): () => void {
	let writes = 0;
	let sweeping = false;
	return () => {
		if (writes++ % WRITES_PER_SWEEP !== 0 || sweeping) return;
		sweeping = true;
		connection
			.query(
				`SELECT ${schema}.drop_aged($1, $2, $3)`,
				[maxAgeDays, THREADS_PER_SWEEP, CLAIMS_PER_SWEEP],
				'reject',
			)
			.catch(() => {}) // the next sweep takes it; the writes themselves report an outage
			.finally(() => {
				sweeping = false;
			});
	};
}
