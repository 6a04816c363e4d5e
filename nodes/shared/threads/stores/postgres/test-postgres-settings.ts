import type { Clock } from '../../../messaging/clock';
import { StoreUnavailableError } from '../../thread-store';
import { migrate, quotedSchema } from './migrations';
import { postgresConnection } from './postgres-connection';
import type { PostgresSettings } from './postgres-settings';

export type PostgresTest = { ok: true } | { ok: false; message: string };

const PROBE = 'test of the credential';

/**
 * Does all that a store needs: connects, makes the tables where they are missing, writes to each,
 * and takes the writing back. The message names cause and fix.
 */
export async function testPostgresSettings(
	settings: PostgresSettings,
	clock: Clock,
): Promise<PostgresTest> {
	const schema = quotedSchema(settings);
	const connection = await postgresConnection(settings, clock);
	try {
		await migrate(connection, settings);
		await connection.transaction(async (run) => {
			await run(
				`SELECT ${schema}.append_messages($1, ARRAY[$1], ARRAY['{}'], ARRAY[''], 1, 1)`,
				[PROBE],
			);
			await run(`SELECT ${schema}.delete_thread($1)`, [PROBE]);
			await run(`SELECT ${schema}.drop_aged(1000000, 1, 1)`);
			await run(`SELECT ${schema}.take_claim($1, '', interval '0', interval '0', '{}')`, [
				PROBE,
			]);
		}, 'ROLLBACK');
		return { ok: true };
	} catch (error) {
		if (!(error instanceof StoreUnavailableError)) throw error;
		return { ok: false, message: error.fix };
	} finally {
		await connection.close();
	}
}
