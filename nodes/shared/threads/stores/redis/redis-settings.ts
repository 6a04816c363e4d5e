import { X509Certificate } from 'node:crypto';
import { InvalidInputError } from '../../../messaging/invalid-input-error';

export type RedisTls =
	| { mode: 'off' }
	/** The server's certificate must be issued for the host by a known authority, or by `ca` (PEM). */
	| { mode: 'verified'; ca?: string }
	/** Encrypted, but anybody could be answering. */
	| { mode: 'unverified' };

export interface RedisSettings {
	host: string;
	port: number;
	database: number;
	/** ACL user, Redis 6 and later; empty for the default user. */
	user: string;
	password: string;
	tls: RedisTls;
	/** First part of every key; two prefixes never see each other's threads. */
	keyPrefix: string;
}

export const DEFAULT_KEY_PREFIX = 'sms-agent';

/** Braces would move Redis' hash tag, quotes and blanks invite mistakes in ACL rules. */
const KEY_PREFIX = /^[A-Za-z0-9._:/-]{1,64}$/;

/** The settings in the credential's fields. Throws InvalidInputError on what cannot be meant. */
export function redisSettingsOf(fields: Record<string, unknown>): RedisSettings {
	return {
		host: hostOf(text(fields['host'])),
		port: wholeNumber('Port', fields['port'] ?? 6379, 1, 65_535),
		database: wholeNumber('Database Number', fields['database'] ?? 0, 0, 1_000_000),
		user: text(fields['user']).trim(),
		password: text(fields['password']),
		tls: tlsOf(fields['tls'], text(fields['ca'])),
		keyPrefix: keyPrefixOf(text(fields['prefix'])),
	};
}

/** How errors name the server: never with its password. */
export function redisServerName({ host, port }: RedisSettings): string {
	return `Redis at ${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function hostOf(given: string): string {
	const host = given.trim().replace(/^\[(.*)\]$/, '$1');
	if (host === '') {
		throw new InvalidInputError({
			field: 'Host',
			cause: 'it is empty',
			fix: 'Give the name or address of the Redis server, for example redis.example.com.',
		});
	}
	if (/[\s/@]/.test(host)) {
		throw new InvalidInputError({
			field: 'Host',
			cause: 'it is not a host name',
			fix: 'Give the host name alone; of a URL like redis://user:password@host:6379, put each part into its own field.',
		});
	}
	return host;
}

function wholeNumber(field: string, given: unknown, least: number, most: number): number {
	const number = typeof given === 'string' && given.trim() === '' ? NaN : Number(given);
	if (Number.isInteger(number) && number >= least && number <= most) return number;
	throw new InvalidInputError({
		field,
		cause: `"${String(given)}" is not a whole number from ${least} to ${most}`,
		fix: `Give a whole number from ${least} to ${most}.`,
	});
}

function tlsOf(mode: unknown, certificate: string): RedisTls {
	switch (mode) {
		case undefined:
		case 'off':
			return { mode: 'off' };
		case 'on':
			return { mode: 'verified' };
		case 'unverified':
			return { mode: 'unverified' };
		case 'ca':
			return { mode: 'verified', ca: pemOf(certificate) };
		default:
			throw new InvalidInputError({
				field: 'TLS',
				cause: 'the choice is not known',
				fix: 'Choose one of the offered values.',
			});
	}
}

/** n8n's one-line fields turn the line breaks of a pasted certificate into blanks or `\n`. */
function pemOf(certificate: string): string {
	const pem = certificate
		.trim()
		.replaceAll('\\n', '\n')
		.replace(
			/(-----BEGIN [A-Z ]+-----)([^-]+)(-----END [A-Z ]+-----)/g,
			(_, begin, body, end) =>
				[begin, String(body).trim().split(/\s+/).join('\n'), end].join('\n'),
		);
	if (isCertificate(pem)) return `${pem}\n`;
	throw new InvalidInputError({
		field: 'CA Certificate',
		cause: 'it is not a certificate in PEM form',
		fix: 'Paste the whole file, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.',
	});
}

function isCertificate(pem: string): boolean {
	try {
		return pem.startsWith('-----BEGIN ') && new X509Certificate(pem).subject !== undefined;
	} catch {
		return false;
	}
}

function keyPrefixOf(given: string): string {
	const prefix = given.trim() || DEFAULT_KEY_PREFIX;
	if (KEY_PREFIX.test(prefix)) return prefix;
	throw new InvalidInputError({
		field: 'Key Prefix',
		cause: `"${given}" cannot be used`,
		fix: 'Use 1 to 64 letters, digits and . _ : / -',
	});
}

function text(given: unknown): string {
	return typeof given === 'string' ? given : '';
}
