import { StoreUnavailableError } from '../../thread-store';
import type { PostgresConnection, RunStatement } from './postgres-connection';
import { postgresName, type PostgresSettings } from './postgres-settings';
import version1 from './version-1.sql';

/** Each brings the schema one version further. One that was released is never changed again. */
const MIGRATIONS: readonly string[] = [version1];
/** The schema as those files name it. */
const WRITTEN_FOR = /\bsms_agent\./g;

const OLDEST_SERVER = 120_000;

interface ServerRow {
	server: number;
	encoding: string;
	schema_exists: boolean;
	tables_exist: boolean;
}

export function quotedSchema({ schema }: PostgresSettings): string {
	return `"${schema.replaceAll('"', '""')}"`;
}

/**
 * Makes the schema and its tables or brings them up to date. Processes that start at the same time
 * wait for the first. Needs no right to create anything where nothing is missing.
 */
export async function migrate(
	connection: PostgresConnection,
	settings: PostgresSettings,
): Promise<void> {
	const run: RunStatement = async (statement, values = []) =>
		await connection.query(statement, values, 'repeat');
	if ((await presentVersion(run, settings)).version === MIGRATIONS.length) return;

	const schema = quotedSchema(settings);
	await connection.transaction(async (inTransaction) => {
		await inTransaction(`SET LOCAL lock_timeout = '4s'`);
		await inTransaction('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
			`n8n-nodes-sms-agent ${settings.schema}`,
		]);
		const { version, schemaExists } = await presentVersion(inTransaction, settings);
		if (version === MIGRATIONS.length) return;
		if (!schemaExists) await inTransaction(`CREATE SCHEMA ${schema}`);
		if (version === 0) {
			await inTransaction(
				`CREATE TABLE ${schema}.migrations (
					version integer PRIMARY KEY,
					applied_at timestamptz NOT NULL DEFAULT now()
				)`,
			);
		}
		for (const [done, migration] of MIGRATIONS.entries()) {
			if (done < version) continue;
			await inTransaction(migration.replace(WRITTEN_FOR, () => `${schema}.`));
			await inTransaction(`INSERT INTO ${schema}.migrations (version) VALUES ($1)`, [
				done + 1,
			]);
		}
	});
}

/** Throws StoreUnavailableError for a server or a schema that this package cannot work with. */
async function presentVersion(
	run: RunStatement,
	settings: PostgresSettings,
): Promise<{ version: number; schemaExists: boolean }> {
	const [found] = await run<ServerRow & QueryRow>(
		`SELECT current_setting('server_version_num')::integer AS server,
			current_setting('server_encoding') AS encoding,
			EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) AS schema_exists,
			EXISTS (
				SELECT FROM pg_catalog.pg_class c
				JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
				WHERE n.nspname = $1 AND c.relname = 'migrations'
			) AS tables_exist`,
		[settings.schema],
	);
	const refuse = (fix: string) => new StoreUnavailableError(postgresName(settings), fix);
	if (!found || found.server < OLDEST_SERVER) {
		throw refuse('The server is too old. Use Postgres 12 or later.');
	}
	if (found.encoding !== 'UTF8') {
		throw refuse(
			`Database "${settings.database}" is in ${found.encoding} and cannot hold every character. Use one created with ENCODING 'UTF8'.`,
		);
	}
	if (!found.tables_exist) return { version: 0, schemaExists: found.schema_exists };

	const [row] = await run<{ version: number } & QueryRow>(
		`SELECT coalesce(max(version), 0)::integer AS version FROM ${quotedSchema(settings)}.migrations`,
	);
	const version = row?.version ?? 0;
	if (version > MIGRATIONS.length) {
		throw refuse(
			`The tables in schema "${settings.schema}" were made by a newer version of this package. Update n8n-nodes-sms-agent on this n8n.`,
		);
	}
	return { version, schemaExists: true };
}

type QueryRow = Record<string, unknown>;
