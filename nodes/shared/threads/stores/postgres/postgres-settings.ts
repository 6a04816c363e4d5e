import { InvalidInputError } from '../../../messaging/invalid-input-error';
import { readCertificate, readHost, readPort } from '../server-settings';

/** `require` encrypts without checking whom it talks to; `verify-full` checks certificate and name. */
export type PostgresSslMode = 'disable' | 'require' | 'verify-full';

export interface PostgresSettings {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
	/** The tables are kept in it; made on first use. */
	schema: string;
	ssl: PostgresSslMode;
	/** PEM of the authority that signed the server's certificate, where the system does not know it. */
	ca?: string;
}

export interface PostgresRetention {
	/** Older messages of a thread are dropped first. */
	messagesPerThread: number;
	/** Days after its newest message until a thread is dropped. */
	maxAgeDays: number;
}

/** The store as errors name it. */
export function postgresName({ host, port, database }: PostgresSettings): string {
	return `Postgres at ${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}

/** The credential as the builder filled it in. Throws InvalidInputError for what cannot work. */
export function postgresSettingsOf(fields: Readonly<Record<string, unknown>>): PostgresSettings {
	const text = (name: string) => {
		const value = fields[name];
		return typeof value === 'string' ? value.trim() : '';
	};
	const needed = (name: string, field: string) => {
		const value = text(name);
		if (value !== '') return value;
		throw new InvalidInputError({
			field,
			cause: 'it is empty',
			fix: `Fill in ${field} in the Postgres credential.`,
		});
	};
	const ca = text('ca');
	return {
		host: readHost(fields['host'], 'db.example.com'),
		port: readPort(fields['port'], 5432),
		database: needed('database', 'Database'),
		user: needed('user', 'User'),
		password: typeof fields['password'] === 'string' ? fields['password'] : '',
		schema: checkedSchema(text('schema') || 'sms_agent'),
		ssl: checkedSslMode(text('ssl') || 'disable'),
		...(ca === '' ? {} : { ca: readCertificate(ca) }),
	};
}

function checkedSchema(schema: string): string {
	if (/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) return schema;
	throw new InvalidInputError({
		field: 'Schema',
		cause: 'only letters, digits and underscores can be used, and at most 63',
		fix: 'Use the default, sms_agent, or another plain name.',
	});
}

function checkedSslMode(mode: string): PostgresSslMode {
	if (mode === 'disable' || mode === 'require' || mode === 'verify-full') return mode;
	throw new InvalidInputError({
		field: 'SSL',
		cause: `"${mode}" is not one of its values`,
		fix: 'Choose Disable, Require or Verify Full.',
	});
}
