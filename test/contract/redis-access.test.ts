import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import type { RedisSettings } from '../../nodes/shared/threads/stores/redis/redis-settings';
import { testRedisSettings } from '../../nodes/shared/threads/stores/redis/test-redis-settings';
import { StoreUnavailableError } from '../../nodes/shared/threads/thread-store';
import { OwnRedisServer } from '../../harness/servers/own-redis-server';
import { keysOf } from '../support/redis-keys';
import { onRedis } from '../../harness/servers/shared-redis';
import { storedMessage } from '../support/stored-message';
import { PATIENT } from '../support/patient-redis';
import { claimPort } from '../../harness/claim-port';

const run = promisify(execFile);
const TIMES = { ...PATIENT, bridgeMs: 0 };
const test = async (settings: RedisSettings) =>
	await testRedisSettings(settings, systemClock, TIMES);

describe('access to Redis', () => {
	let server: OwnRedisServer;
	const admin = (fields: Record<string, unknown> = {}) =>
		server.settings({ password: 'pass word', ...fields });
	const acl = async (...rule: string[]) =>
		await onRedis(admin(), async (client) => {
			await client.sendCommand(['ACL', 'SETUSER', ...rule]);
		});

	beforeAll(async () => {
		server = await OwnRedisServer.start('--requirepass', 'pass word', '--databases', '4');
	});
	afterAll(async () => {
		await server.dispose();
	});

	it('accepts settings that work, database and prefix included, and leaves nothing behind', async () => {
		const settings = admin({ database: 3, prefix: 'mine' });
		expect(await test(settings)).toEqual({ ok: true });
		expect(await keysOf(settings)).toEqual([]);
	});

	it('keeps to its database and prefix', async () => {
		const store = await openRedisThreadStore(
			admin({ database: 2, prefix: 'mine' }),
			{
				messagesPerThread: 10,
				maxAgeDays: 1,
			},
			systemClock,
			PATIENT,
		);
		await store.threads.append('t', [storedMessage('hi')], 1);
		await store.claims.claim('k', 1_000);
		expect((await keysOf(admin({ database: 2, prefix: 'mine' }))).sort()).toEqual([
			'{mine}:c:k',
			'{mine}:h:t',
			'{mine}:m:t',
			'{mine}:threads',
		]);
		expect(await keysOf(admin({ database: 0, prefix: 'mine' }))).toEqual([]);
		await store.close();
	});

	it.each<[what: string, fields: Record<string, unknown>, message: RegExp]>([
		['no password', { password: '' }, /^Redis asks for a password\. Fill in the password/],
		[
			'a wrong password',
			{ password: 'wrong' },
			/^Redis does not accept the password\. Correct/,
		],
		[
			'an unknown user',
			{ user: 'nobody' },
			/^Redis does not accept the user nobody with this password\. Correct/,
		],
		['a database it has not', { database: 4 }, /^Redis has no database number 4\. Use 0/],
	])('says what is wrong: %s', async (_, fields, message) => {
		const outcome = await test(admin(fields));
		expect(outcome).toEqual({ ok: false, message: expect.stringMatching(message) });
	});

	it('says what is wrong: TLS where it has none', async () => {
		// Redis says nothing to that, so it is waited for in vain.
		const times = { ...TIMES, connectMs: 1_500 };
		const settings = admin({ tls: 'unverified' });
		expect(await testRedisSettings(settings, systemClock, times)).toEqual({
			ok: false,
			message: expect.stringMatching(/TLS.*(?:[Tt]urn TLS off)/),
		});
	});

	it.each<[what: string, fields: Record<string, unknown>, message: RegExp]>([
		[
			'a host that does not exist',
			{ host: 'no-such-host.invalid' },
			/^No server with the name no-such-host\.invalid was found\. Check the host/,
		],
		['a port where nothing listens', {}, /^Nothing answers at 127\.0\.0\.1, port \d+\. Check/],
	])('says what is wrong: %s', async (_, fields, message) => {
		const settings = { ...admin(), port: await claimPort(), ...fields };
		expect(await test(settings)).toEqual({
			ok: false,
			message: expect.stringMatching(message),
		});
	});

	it('is content with the permissions that the message about missing ones names', async () => {
		const rule =
			/the commands (.*)\.$/.exec(await refusalOf('+@connection', '+time'))?.[1] ?? '';
		await acl('frugal', 'reset', 'on', '>secret', '~{sms-agent}:*', ...rule.split(' '));
		expect(await test(server.settings({ user: 'frugal', password: 'secret' }))).toEqual({
			ok: true,
		});
	});

	it('needs no command that Redis 5 does not have', async () => {
		const commands =
			'auth select time evalsha eval llen lrange lpop rpush lindex hexists hset hdel hget hincrby get set del zadd zrem zrevrange zrangebyscore zrevrangebyscore zrangebylex zscore pexpireat exists';
		const rules = commands.split(' ').map((command) => `+${command}`);
		await acl('redis5', 'reset', 'on', '>secret', '~{sms-agent}:*', ...rules);
		expect(await test(server.settings({ user: 'redis5', password: 'secret' }))).toEqual({
			ok: true,
		});
	});

	it.each([
		['reading only', ['~{sms-agent}:*', '+@read', '+@scripting', '+@connection', '+time']],
		['other keys', ['~other:*', '+@all']],
		['no scripts', ['~{sms-agent}:*', '+@read', '+@write', '+@connection', '+time']],
		['no deleting', ['~{sms-agent}:*', '+@all', '-lpop', '-del']],
	])('finds out before the first text that a user may not do enough: %s', async (_, rules) => {
		expect(await refusalOf(...rules)).toMatch(
			/^Redis does not let the user some do what the thread store needs\. Give the user the keys ~\{sms-agent\}:\*/,
		);
	});

	async function refusalOf(...rules: string[]): Promise<string> {
		await acl('some', 'reset', 'on', '>secret', ...rules);
		const outcome = await test(server.settings({ user: 'some', password: 'secret' }));
		return outcome.ok ? 'accepted' : outcome.message;
	}

	it('keeps the password out of what it says, even where the server repeats it', async () => {
		const odd = await OwnRedisServer.start('--rename-command', 'AUTH', '""');
		try {
			const settings = odd.settings({ password: 'hunter2' });
			const outcome = await test(settings);
			expect(outcome.ok).toBe(false);
			const store = await openRedisThreadStore(
				settings,
				{ messagesPerThread: 1, maxAgeDays: 1 },
				systemClock,
				TIMES,
			);
			const error = await store.threads.read('t', 1).catch((thrown: unknown) => thrown);
			await store.close();
			expect(error).toBeInstanceOf(StoreUnavailableError);
			const { fix, cause } = error as StoreUnavailableError;
			const said = [JSON.stringify(outcome), fix, String(cause), (cause as Error).stack];
			expect(said.join('\n')).not.toContain('hunter2');
		} finally {
			await odd.dispose();
		}
	});

	it('says that the memory is full, adds nothing, and keeps what it has readable', async () => {
		const small = await OwnRedisServer.start('--maxmemory-policy', 'noeviction');
		try {
			const store = await openRedisThreadStore(
				small.settings(),
				{ messagesPerThread: 10, maxAgeDays: 1 },
				systemClock,
				TIMES,
			);
			await store.threads.append('t', [storedMessage('before')], 5);
			await onRedis(small.settings(), async (client) => {
				await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1']);
			});
			const text = storedMessage('too much');
			const refused = store.threads.append('t', [text], 5);
			await expect(refused).rejects.toMatchObject({
				fix: expect.stringMatching(/^The memory of Redis is full/),
			});
			expect((await store.threads.read('t', 5)).messages.map(({ body }) => body)).toEqual([
				'before',
			]);
			await onRedis(small.settings(), async (client) => {
				await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '0']);
			});
			expect((await store.threads.append('t', [text], 5)).newSids).toEqual([text.messageSid]);
			await store.close();
		} finally {
			await small.dispose();
		}
	});

	it('says that other data is in the way, and does nothing by halves', async () => {
		const settings = admin({ prefix: 'foreign' });
		await onRedis(settings, async (client) => {
			await client.sendCommand(['SET', '{foreign}:threads', 'a string']);
		});
		const store = await openRedisThreadStore(
			settings,
			{ messagesPerThread: 10, maxAgeDays: 1 },
			systemClock,
			TIMES,
		);
		await expect(store.threads.append('t', [storedMessage('x')], 5)).rejects.toMatchObject({
			fix: expect.stringMatching(/^Another program keeps other data under this key prefix/),
		});
		await store.close();
		expect(await keysOf(settings)).toEqual(['{foreign}:threads']);
	});
});

describe('Redis with TLS', () => {
	let server: OwnRedisServer;
	let ca: string;
	let tlsPort: number;
	let folder: string;
	const settings = (fields: Record<string, unknown>) => ({
		...server.settings({ host: 'localhost', ...fields }),
		port: tlsPort,
	});

	beforeAll(async () => {
		folder = await OwnRedisServer.newFolder();
		await newCertificate('key.pem', 'cert.pem');
		ca = await readFile(join(folder, 'cert.pem'), 'utf8');
		tlsPort = await claimPort();
		server = await OwnRedisServer.start(
			...['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'],
			...[
				'--tls-cert-file',
				join(folder, 'cert.pem'),
				'--tls-key-file',
				join(folder, 'key.pem'),
			],
			...['--tls-ca-cert-file', join(folder, 'cert.pem')],
		);
	});
	afterAll(async () => {
		await server.dispose();
		await rm(folder, { recursive: true, force: true });
	});

	/** Self-signed, so its own authority. */
	async function newCertificate(key: string, certificate: string): Promise<void> {
		const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
		const files = ['-keyout', join(folder, key), '-out', join(folder, certificate)];
		const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
		await run('openssl', ['req', ...kind, ...subject, ...files]);
	}

	it('connects with the certificate of its own authority', async () => {
		expect(await test(settings({ tls: 'ca', ca }))).toEqual({ ok: true });
	});

	it('reads a certificate that a one-line field has run together', async () => {
		expect(await test(settings({ tls: 'ca', ca: ca.replaceAll('\n', ' ') }))).toEqual({
			ok: true,
		});
	});

	it('connects without checking the certificate where that was chosen', async () => {
		expect(await test(settings({ tls: 'unverified' }))).toEqual({ ok: true });
	});

	it('refuses a certificate that nobody vouches for, and says what to do', async () => {
		expect(await test(settings({ tls: 'on' }))).toEqual({
			ok: false,
			message: expect.stringMatching(
				/^The certificate of Redis at localhost:\d+ is not from an authority that n8n trusts\. Choose/,
			),
		});
	});

	it('refuses a certificate for another name', async () => {
		const other = { ...settings({ tls: 'ca', ca }), host: '127.0.0.1' };
		expect(await test(other)).toEqual({
			ok: false,
			message: expect.stringMatching(
				/^The certificate of the server is not for the name 127\.0\.0\.1/,
			),
		});
	});

	it('says that TLS may be missing when the server hangs up on a plain connection', async () => {
		expect(await test(settings({}))).toEqual({
			ok: false,
			message: expect.stringContaining('If it expects TLS, turn TLS on'),
		});
	});

	it('says that another authority issued the certificate', async () => {
		await newCertificate('other-key.pem', 'other.pem');
		const other = await readFile(join(folder, 'other.pem'), 'utf8');
		expect(await test(settings({ tls: 'ca', ca: other }))).toEqual({
			ok: false,
			message: expect.stringMatching(/the one given did not\.$/),
		});
	});
});
