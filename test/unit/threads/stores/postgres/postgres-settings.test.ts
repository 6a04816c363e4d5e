import { rootCertificates } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../../../../nodes/shared/messaging/invalid-input-error';
import { postgresSettingsOf } from '../../../../../nodes/shared/threads/stores/postgres/postgres-settings';

const filledIn = {
	host: ' db.example.com ',
	port: 6432,
	database: 'n8n',
	user: 'n8n',
	password: ' keeps its blanks ',
	schema: 'sms_agent',
	ssl: 'require',
	ca: '',
};
const certificate = rootCertificates[0] ?? '';

describe('postgresSettingsOf', () => {
	it('reads the credential, without the blanks around what was pasted, but for the password', () => {
		expect(postgresSettingsOf(filledIn)).toEqual({
			host: 'db.example.com',
			port: 6432,
			database: 'n8n',
			user: 'n8n',
			password: ' keeps its blanks ',
			schema: 'sms_agent',
			ssl: 'require',
		});
	});

	it('has a default for what may be left out', () => {
		const { host, database, user } = filledIn;
		expect(postgresSettingsOf({ host, database, user })).toMatchObject({
			port: 5432,
			password: '',
			schema: 'sms_agent',
			ssl: 'disable',
		});
	});

	it('takes a CA certificate, with \\n for its line breaks too', () => {
		expect(postgresSettingsOf({ ...filledIn, ca: certificate }).ca).toBe(certificate.trim());
		const escaped = certificate.trim().replaceAll('\n', '\\n');
		expect(postgresSettingsOf({ ...filledIn, ca: escaped }).ca).toBe(certificate.trim());
	});

	it.each([
		['Host', { host: '' }],
		['Host', { host: 'postgres://me:secret@db:5432/n8n' }],
		['Host', { host: 'db:5432' }],
		['Port', { port: 0 }],
		['Port', { port: 'five' }],
		['Database', { database: ' ' }],
		['User', { user: undefined }],
		['Schema', { schema: 'x"; DROP SCHEMA public; --' }],
		['Schema', { schema: 'x'.repeat(64) }],
		['SSL', { ssl: 'prefer' }],
		['CA Certificate', { ca: 'my certificate' }],
	])('names the field %s when it holds %j', (field, wrong) => {
		const read = () => postgresSettingsOf({ ...filledIn, ...wrong });
		expect(read).toThrow(InvalidInputError);
		expect(read).toThrow(field);
		expect(read).not.toThrow('secret');
	});
});
