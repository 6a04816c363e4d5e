import { randomBytes } from 'node:crypto';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { isAlive } from '../is-alive';
import { sqlOn } from './postgres-connection';

const NAME_START = 'sms_agent_test_db_';

/** A database that nobody else uses, on a server that others use. */
export class OwnPostgresDatabase {
	private constructor(
		private readonly server: PostgresSettings,
		readonly settings: PostgresSettings,
	) {}

	/** Fails where there is no server. Removes what runs left behind that were cut off. */
	static async on(server: PostgresSettings): Promise<OwnPostgresDatabase> {
		await removeLeftovers(server);
		const database = `${NAME_START}${process.pid}_${randomBytes(4).toString('hex')}`;
		await sqlOn(server, `CREATE DATABASE ${database}`);
		return new OwnPostgresDatabase(server, { ...server, database });
	}

	/** On a connection of its own. */
	async sql<Row>(statement: string): Promise<Row[]> {
		return await sqlOn(this.settings, statement);
	}

	async drop(): Promise<void> {
		await dropDatabase(this.server, this.settings.database);
	}
}

/** The name tells whose it is; of processes on other machines nothing is known. */
async function removeLeftovers(server: PostgresSettings): Promise<void> {
	if (!['127.0.0.1', 'localhost'].includes(server.host)) return;
	const found = await sqlOn<{ datname: string }>(
		server,
		`SELECT datname FROM pg_database WHERE datname LIKE '${NAME_START}%'`,
	);
	for (const { datname } of found) {
		const owner = Number(datname.slice(NAME_START.length).split('_')[0]);
		if (!isAlive(owner)) await dropDatabase(server, datname);
	}
}

async function dropDatabase(server: PostgresSettings, database: string): Promise<void> {
	await sqlOn(
		server,
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
	);
	await sqlOn(server, `DROP DATABASE IF EXISTS ${database}`);
}
