import { rootCertificates } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../../../nodes/shared/messaging/invalid-input-error';
import { postgresSettingsOf } from '../../../../nodes/shared/threads/stores/postgres/postgres-settings';
import { redisSettingsOf } from '../../../../nodes/shared/threads/stores/redis/redis-settings';

const [one = '', two = ''] = rootCertificates.map((pem) => pem.trim());

interface Read {
	host: string;
	port: number;
	ca: string | undefined;
}

/** Each server's credential with what the field holds, read. */
const servers: Array<[string, (fields: Record<string, unknown>) => Read]> = [
	[
		'Redis',
		(fields) => {
			const { host, port, tls } = redisSettingsOf({
				host: 'h',
				tls: 'ca',
				ca: one,
				...fields,
			});
			return { host, port, ca: 'ca' in tls ? tls.ca : undefined };
		},
	],
	[
		'Postgres',
		(fields) => {
			const base = { host: 'h', database: 'd', user: 'u', ssl: 'verify-full', ca: one };
			const { host, port, ca } = postgresSettingsOf({ ...base, ...fields });
			return { host, port, ca };
		},
	],
];

describe.each(servers)('the credential of a %s server', (_name, read) => {
	it.each([
		['db.example.com', 'db.example.com'],
		[' db.example.com\n', 'db.example.com'],
		['10.0.0.1', '10.0.0.1'],
		['::1', '::1'],
		['[fe80::1]', 'fe80::1'],
	])('reads the host %j as %j', (host, expected) => {
		expect(read({ host }).host).toBe(expected);
	});

	it.each([6380, '6380', ' 6380 '])('reads the port %j', (port) => {
		expect(read({ port }).port).toBe(6380);
	});

	it.each([
		['as it is', one, one],
		['with the line breaks of Windows', one.replaceAll('\n', '\r\n'), one],
		['with \\n for its line breaks', one.replaceAll('\n', '\\n'), one],
		['with \\r\\n for its line breaks', one.replaceAll('\n', '\\r\\n'), one],
		['with blanks for its line breaks', one.replaceAll('\n', ' '), one],
		['with a text before it', `subject=CN = Example\n${one}\n`, one],
		['of a chain on one line', `${one} ${two}`.replaceAll('\n', ' '), `${one}\n${two}`],
	])('reads a CA certificate %s', (_what, ca, expected) => {
		expect(read({ ca }).ca).toBe(expected);
	});

	it.each([
		['Host', { host: '' }],
		['Host', { host: undefined }],
		['Host', { host: 'redis://me:secret@db:6379/0' }],
		['Host', { host: 'me:secret@db' }],
		['Host', { host: 'db:6379' }],
		['Host', { host: '[::1]:6379' }],
		['Host', { host: 'db example' }],
		['Port', { port: 0 }],
		['Port', { port: 70_000 }],
		['Port', { port: 1.5 }],
		['Port', { port: '' }],
		['Port', { port: 'five' }],
		['CA Certificate', { ca: 'my certificate' }],
		['CA Certificate', { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }],
		['CA Certificate', { ca: `${one}\n${one.replaceAll('CERTIFICATE', 'PRIVATE KEY')}` }],
	])('refuses a wrong %s: %j', (field, fields) => {
		expect(() => read(fields)).toThrow(InvalidInputError);
		expect(() => read(fields)).toThrow(new RegExp(`^${field}: `));
		expect(() => read(fields)).not.toThrow(/secret/);
	});
});
