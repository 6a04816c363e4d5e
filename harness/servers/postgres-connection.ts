import { Client } from 'pg';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';

export async function connectToPostgres(settings: PostgresSettings): Promise<Client> {
	const { host, port, database, user, password } = settings;
	const client = new Client({ host, port, database, user, password: () => password });
	client.on('error', () => {}); // a test may stop the server
	await client.connect();
	return client;
}

/** On a connection of its own. */
export async function sqlOn<Row>(settings: PostgresSettings, statement: string): Promise<Row[]> {
	const client = await connectToPostgres(settings);
	try {
		const { rows } = await client.query(statement);
		return rows as Row[];
	} finally {
		await client.end();
	}
}
