import { InvalidInputError } from '../../../messaging/invalid-input-error';
import { readCertificate, readHost, readPort, readWholeNumber } from '../server-settings';

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
		host: readHost(fields['host'], 'redis.example.com'),
		port: readPort(fields['port'], 6379),
		database: readWholeNumber('Database Number', fields['database'], {
			usual: 0,
			least: 0,
			most: 1_000_000,
		}),
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
			return { mode: 'verified', ca: readCertificate(certificate) };
		default:
			throw new InvalidInputError({
				field: 'TLS',
				cause: 'the choice is not known',
				fix: 'Choose one of the offered values.',
			});
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
