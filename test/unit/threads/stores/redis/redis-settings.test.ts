import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../../../../nodes/shared/messaging/invalid-input-error';
import {
	redisServerName,
	redisSettingsOf,
} from '../../../../../nodes/shared/threads/stores/redis/redis-settings';

describe('the settings of a Redis credential', () => {
	it('fills in what was left empty', () => {
		expect(redisSettingsOf({ host: ' redis.example.com ' })).toEqual({
			host: 'redis.example.com',
			port: 6379,
			database: 0,
			user: '',
			password: '',
			tls: { mode: 'off' },
			keyPrefix: 'sms-agent',
		});
	});

	it('takes a password as it is, blanks included', () => {
		expect(redisSettingsOf({ host: 'h', password: ' a b ' }).password).toBe(' a b ');
	});

	it.each([
		['on', { mode: 'verified' }],
		['unverified', { mode: 'unverified' }],
		['off', { mode: 'off' }],
	])('reads the TLS choice %s', (tls, expected) => {
		expect(redisSettingsOf({ host: 'h', tls }).tls).toEqual(expected);
	});

	it.each([
		['Host', { host: '  ' }],
		['Host', { host: 'redis://user:secret@example.com:6379' }],
		['Port', { host: 'h', port: 0 }],
		['Port', { host: 'h', port: '' }],
		['Port', { host: 'h', port: 70_000 }],
		['Database Number', { host: 'h', database: -1 }],
		['Database Number', { host: 'h', database: 1.5 }],
		['TLS', { host: 'h', tls: 'maybe' }],
		['CA Certificate', { host: 'h', tls: 'ca', ca: '' }],
		['CA Certificate', { host: 'h', tls: 'ca', ca: 'not a certificate' }],
		[
			'CA Certificate',
			{
				host: 'h',
				tls: 'ca',
				ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
			},
		],
		['Key Prefix', { host: 'h', prefix: '{mine}' }],
		['Key Prefix', { host: 'h', prefix: 'a b' }],
	])('refuses a wrong %s: %j', (field, fields) => {
		const read = () => redisSettingsOf(fields);
		expect(read).toThrow(InvalidInputError);
		expect(read).toThrow(new RegExp(`^${field}: `));
		expect(read).not.toThrow(/secret/);
	});

	it('names the server without its password', () => {
		const settings = redisSettingsOf({ host: '[::1]', password: 'secret' });
		expect(redisServerName(settings)).toBe('Redis at [::1]:6379');
	});
});
