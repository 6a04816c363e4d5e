import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { testPostgresSettings } from '../../nodes/shared/threads/stores/postgres/test-postgres-settings';
import { StoreUnavailableError } from '../../nodes/shared/threads/thread-store';
import { PostgresCluster } from '../../harness/servers/postgres-cluster';
import { selfSignedCertificate } from '../support/self-signed-certificate';
import { storedMessage } from '../support/stored-message';
import { claimPort } from '../../harness/claim-port';

const ROOMY = { messagesPerThread: 1_000, maxAgeDays: 90 };

describe('getting into Postgres', () => {
	let cluster: PostgresCluster;
	let agent: PostgresSettings;

	beforeAll(async () => {
		cluster = await PostgresCluster.start('max_connections = 12');
		await cluster.sql(`CREATE ROLE agent LOGIN PASSWORD 'p@ss''word'`);
		await cluster.sql('GRANT CREATE ON DATABASE postgres TO agent');
		await cluster.sql(`CREATE ROLE narrow LOGIN PASSWORD 'narrow'`);
		await cluster.sql(`CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`);
		await cluster.allow([
			'host all owner 127.0.0.1/32 trust',
			'host all all 127.0.0.1/32 scram-sha-256',
		]);
		agent = { ...cluster.settings, user: 'agent', password: "p@ss'word" };
	});
	beforeEach(async () => {
		await cluster.sql('DROP SCHEMA IF EXISTS sms_agent CASCADE');
	});
	afterAll(async () => {
		await cluster.dispose();
	});

	/** What the credential's test says. */
	const verdict = async (settings: Partial<PostgresSettings>) => {
		const test = await testPostgresSettings({ ...agent, ...settings }, systemClock);
		return test.ok ? 'ok' : test.message;
	};

	it('lets in who has the password, and makes the tables', async () => {
		expect(await verdict({})).toBe('ok');
		expect(await verdict({})).toBe('ok');
		const store = await openPostgresThreadStore(agent, ROOMY, systemClock);
		expect(await store.threads.list({ prefix: '', limit: 5 })).toEqual({ threads: [] });
		await store.close();
	});

	it.each<[string, Partial<PostgresSettings>, RegExp]>([
		[
			'a wrong password',
			{ password: 'guess' },
			/refused the password of user "agent".* Correct User and Password/,
		],
		['no password', { password: '' }, /asks for a password.* Fill in Password/],
		['an unknown user', { user: 'nobody' }, /user "nobody", or it has no such user/],
		[
			'an unknown database',
			{ user: 'owner', database: 'nowhere' },
			/no database "nowhere".* Correct Database/,
		],
		[
			'an unknown host',
			{ host: 'no-such-host.invalid' },
			/name no-such-host\.invalid is not known.* Correct Host/,
		],
		[
			'encryption that the server lacks',
			{ ssl: 'require' },
			/does not offer encryption.* Set SSL to Disable/,
		],
		[
			'a database that is not in UTF-8',
			{ user: 'owner', database: 'latin' },
			/is in LATIN1.* ENCODING 'UTF8'/,
		],
	])('explains %s', async (_, settings, explanation) => {
		expect(await verdict(settings)).toMatch(explanation);
		await expect(
			openPostgresThreadStore({ ...agent, ...settings }, ROOMY, systemClock),
		).rejects.toThrow(StoreUnavailableError);
	});

	it('explains a port where nothing listens', async () => {
		expect(await verdict({ port: await claimPort() })).toMatch(
			/Nothing listens at 127\.0\.0\.1/,
		);
	});

	it('takes no password from the environment', async () => {
		process.env['PGPASSWORD'] = "p@ss'word";
		expect(await verdict({ password: '' })).toMatch(/none was given/);
		delete process.env['PGPASSWORD'];
	});

	it('explains that the user may not make the schema, and how to allow it', async () => {
		expect(await verdict({ user: 'narrow', password: 'narrow' })).toMatch(
			/User "narrow" lacks rights: .* CREATE SCHEMA "sms_agent" AUTHORIZATION "narrow"/,
		);
	});

	it('works without the right to make anything where the tables exist', async () => {
		expect(await verdict({ user: 'owner', password: '' })).toBe('ok');
		const narrow = { user: 'narrow', password: 'narrow' };
		expect(await verdict(narrow)).toMatch(
			/permission denied for schema .* GRANT USAGE, CREATE ON SCHEMA/,
		);
		await cluster.sql('GRANT USAGE ON SCHEMA sms_agent TO narrow');
		await cluster.sql('GRANT SELECT ON ALL TABLES IN SCHEMA sms_agent TO narrow');
		expect(await verdict(narrow)).toMatch(
			/permission denied for table .* GRANT SELECT, INSERT/,
		);

		const reader = await openPostgresThreadStore({ ...agent, ...narrow }, ROOMY, systemClock);
		await expect(reader.threads.append('t', [storedMessage('x')], 1)).rejects.toMatchObject({
			fix: expect.stringMatching(/permission denied for table/),
		});
		await cluster.sql(
			'GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sms_agent TO narrow',
		);
		expect(await verdict(narrow)).toBe('ok');
		expect((await reader.threads.append('t', [storedMessage('x')], 1)).newSids).toHaveLength(1);
		await reader.close();
	});

	it('explains a server that only reads', async () => {
		expect(await verdict({})).toBe('ok');
		await cluster.sql('ALTER ROLE agent SET default_transaction_read_only = on');
		expect(await verdict({})).toMatch(/only reads.* primary server in Host/);
		await cluster.sql('ALTER ROLE agent RESET default_transaction_read_only');
	});

	it('explains that no connection is free', async () => {
		await cluster.sql('ALTER ROLE agent CONNECTION LIMIT 1');
		const store = await openPostgresThreadStore(agent, ROOMY, systemClock);
		await store.threads.read('t', 1);
		expect(await verdict({})).toMatch(/no free connection/);
		await store.close();
		await cluster.sql('ALTER ROLE agent CONNECTION LIMIT -1');
	});

	it('explains who is not let in from here, and who must encrypt', async () => {
		await cluster.allow(['host all owner 127.0.0.1/32 trust']);
		expect(await verdict({})).toMatch(/lets nobody in without encryption.* Set SSL to Require/);
		await cluster.allow([
			'host all owner 127.0.0.1/32 trust',
			'host all agent 127.0.0.1/32 reject',
			'host all all 127.0.0.1/32 scram-sha-256',
		]);
		expect(await verdict({})).toMatch(/does not let user "agent" .* from this address/);
		await cluster.allow([
			'host all owner 127.0.0.1/32 trust',
			'host all all 127.0.0.1/32 scram-sha-256',
		]);
	});

	it('explains a schema that belongs to another application', async () => {
		await cluster.sql('CREATE SCHEMA sms_agent; CREATE TABLE sms_agent.messages (id int)');
		expect(await verdict({ user: 'owner' })).toMatch(
			/tables of another application.* another Schema/,
		);
		await cluster.sql('CREATE TABLE sms_agent.migrations (name text)');
		expect(await verdict({ user: 'owner' })).toMatch(/tables of another application/);
	});

	it('refuses tables that a newer version of this package made', async () => {
		expect(await verdict({ user: 'owner' })).toBe('ok');
		await cluster.sql('INSERT INTO sms_agent.migrations (version) VALUES (99)');
		expect(await verdict({ user: 'owner' })).toMatch(
			/newer version.* Update n8n-nodes-sms-agent/,
		);
	});

	it('leaves nothing of the credential test behind', async () => {
		expect(await verdict({})).toBe('ok');
		for (const table of ['threads', 'messages', 'claims']) {
			expect(await cluster.sql(`SELECT * FROM sms_agent.${table}`)).toEqual([]);
		}
	});

	describe('with encryption', () => {
		let pem: string;

		beforeAll(async () => {
			const certificate = selfSignedCertificate(cluster.folder, 'DNS:localhost,IP:127.0.0.1');
			({ pem } = certificate);
			await cluster.sql(`ALTER SYSTEM SET ssl_cert_file = '${certificate.certificateFile}'`);
			await cluster.sql(`ALTER SYSTEM SET ssl_key_file = '${certificate.keyFile}'`);
			await cluster.sql('ALTER SYSTEM SET ssl = on');
			await cluster.allow([
				'host all owner 127.0.0.1/32 trust',
				'hostssl all all 127.0.0.1/32 scram-sha-256',
			]);
		});

		it('gets in with Require and with Verify Full and the CA, by name and by address', async () => {
			expect(await verdict({ ssl: 'require' })).toBe('ok');
			expect(await verdict({ ssl: 'verify-full', ca: pem })).toBe('ok');
			expect(await verdict({ ssl: 'verify-full', ca: pem, host: 'localhost' })).toBe('ok');
		});

		it('really encrypts', async () => {
			const store = await openPostgresThreadStore(
				{ ...agent, ssl: 'require' },
				ROOMY,
				systemClock,
			);
			await store.threads.read('t', 1);
			const rows = await cluster.sql(
				`SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'agent'`,
			);
			expect(rows).toEqual([{ ssl: true }]);
			await store.close();
		});

		it('explains that encryption is demanded', async () => {
			expect(await verdict({ ssl: 'disable' })).toMatch(/lets nobody in without encryption/);
		});

		it('explains a certificate of an unknown authority', async () => {
			expect(await verdict({ ssl: 'verify-full' })).toMatch(
				/authority that this n8n does not know.* CA Certificate/,
			);
		});

		it('explains a certificate that is made out to another name', async () => {
			const host = '127.0.0.2';
			await cluster.sql(`ALTER SYSTEM SET listen_addresses = '127.0.0.1,127.0.0.2'`);
			await cluster.kill();
			await cluster.launch();
			expect(await verdict({ ssl: 'verify-full', ca: pem, host })).toMatch(
				/not made out to 127\.0\.0\.2.* name that is in the certificate/,
			);
		});
	});
});
