import type { PostgresConnection } from './postgres-connection';

/** Every write makes at most one thread and one claim; so each sweep takes away twice what came. */
const WRITES_PER_SWEEP = 10;
const THREADS_PER_SWEEP = 20;
const CLAIMS_PER_SWEEP = 20;

/**
 * Drops what has aged, a few at a time, while the store is written to: nobody waits for it, and no
 * sweep ever reads more than it drops. To be called after each write.
 */
export function postgresRetention(
	connection: PostgresConnection,
	schema: string,
	maxAgeDays: number,
): () => void {
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
