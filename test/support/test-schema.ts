import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { connectToPostgres } from '../../harness/servers/postgres-connection';

/** A schema that no other test uses, and a connection to look at it from outside. */
export class TestSchema {
	private constructor(
		readonly settings: PostgresSettings,
		private readonly client: Client,
	) {}

	/** Fails, rather than skipping, where there is no server. */
	static async on(server: PostgresSettings): Promise<TestSchema> {
		const settings = { ...server, schema: `sms_agent_test_${randomBytes(6).toString('hex')}` };
		try {
			return new TestSchema(settings, await connectToPostgres(settings));
		} catch (cause) {
			throw new Error(
				`These tests need a Postgres server at ${server.host}:${server.port}. Start one, or name another in TEST_POSTGRES_URL.`,
				{ cause },
			);
		}
	}

	async sql<Row>(statement: string, values: unknown[] = []): Promise<Row[]> {
		const { rows } = await this.client.query(
			statement.replaceAll('SCHEMA.', `${this.settings.schema}.`),
			values,
		);
		return rows as Row[];
	}

	/** As if `ms` had passed for all holds and counts. */
	async pass(ms: number): Promise<void> {
		await this.sql(
			`UPDATE SCHEMA.claims SET held_since = held_since - $1::interval, held_until = held_until - $1::interval, forget_at = forget_at - $1::interval`,
			[`${ms} milliseconds`],
		);
		await this.sql(
			`UPDATE SCHEMA.claims SET record =
				jsonb_set(record::jsonb, '{since}', to_jsonb((record::jsonb ->> 'since')::bigint - $1))::text
			WHERE key LIKE 'allowance:%'`,
			[ms],
		);
	}

	async drop(): Promise<void> {
		await this.sql(`DROP SCHEMA IF EXISTS ${this.settings.schema} CASCADE`);
		await this.client.end();
	}
}
