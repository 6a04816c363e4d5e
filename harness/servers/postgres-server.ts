import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';

/** The server that the tests share, each in a schema of its own. */
const SERVER = process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

export function settingsOfServer(): PostgresSettings {
	const url = new URL(SERVER);
	return {
		host: url.hostname,
		port: Number(url.port || 5432),
		database: decodeURIComponent(url.pathname.slice(1)),
		user: decodeURIComponent(url.username),
		password: decodeURIComponent(url.password),
		schema: 'sms_agent',
		ssl: 'disable',
	};
}
