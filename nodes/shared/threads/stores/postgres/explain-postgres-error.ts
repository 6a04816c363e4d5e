import type { PostgresSettings } from './postgres-settings';

interface PostgresProblem {
	cause: string;
	/** In the words of the credential's fields. */
	fix: string;
}

/** What went wrong and the way out, from an error of the server, of a pooler before it or of the network. */
export function explainPostgresError(error: unknown, settings: PostgresSettings): PostgresProblem {
	const { code = '', message = '' } = error as { code?: string; message?: string };
	return (
		explainServerError(code, message, settings) ??
		explainPostgresNetworkError(code, message, settings) ?? {
			cause: `Postgres reported: ${message || 'no reason'}.`,
			fix: "Look for this message in the server's log, or ask whoever runs the server.",
		}
	);
}

/** By SQLSTATE. A pooler uses few of them (08P01 for nearly everything), so its texts count too. */
function explainServerError(
	code: string,
	message: string,
	{ user, database, schema, ssl, host }: PostgresSettings,
): PostgresProblem | undefined {
	if (/no (such database|database)|database .* does not exist/i.test(message) || code === '3D000')
		return {
			cause: `The server has no database "${database}".`,
			fix: 'Correct Database in the credential, or have it created.',
		};
	if (/password must be a(?: non-empty)? string|no password supplied/.test(message))
		return {
			cause: 'The server asks for a password and none was given.',
			fix: 'Fill in Password in the credential.',
		};
	if (/no pg_hba\.conf entry|pg_hba\.conf rejects/.test(message))
		return ssl === 'disable' && /no pg_hba.*(no encryption|SSL off)/i.test(message)
			? {
					cause: 'The server lets nobody in without encryption.',
					fix: 'Set SSL to Require or Verify Full in the credential.',
				}
			: {
					cause: `The server does not let user "${user}" into database "${database}" from this address.`,
					fix: "Have this n8n's address allowed on the server (pg_hba.conf, or the provider's list of allowed addresses).",
				};
	switch (code) {
		case '28P01':
			return {
				cause: `The server refused the password of user "${user}", or it has no such user.`,
				fix: 'Correct User and Password in the credential.',
			};
		case '28000':
			return {
				cause: `The server does not let user "${user}" in.`,
				fix: 'Correct User in the credential, or have the user created with the right to log in.',
			};
		case '42501':
			return {
				cause: `User "${user}" lacks rights: ${message}.`,
				fix: `Have an administrator run: ${missingGrants(message, { user, database, schema })}`,
			};
		case '25006':
			return {
				cause: 'This server only reads: it is a replica, or writing is switched off.',
				fix: 'Give the address of the primary server in Host.',
			};
		case '53300':
			return {
				cause: 'The server or its pooler has no free connection.',
				fix: 'Close other connections, raise the limit (max_connections; max_client_conn in PgBouncer), or connect through a pooler.',
			};
		case '53100':
			return {
				cause: "The server's disk is full.",
				fix: 'Make room on the server.',
			};
		case '57P01':
		case '57P02':
		case '57P03':
			return {
				cause: 'The server is starting up or shutting down.',
				fix: 'Try again in a moment.',
			};
		case '55P03':
		case '57014':
			return {
				cause: 'Another transaction held the thread for too long.',
				fix: 'Try again. If it keeps happening, look for stuck transactions on the server (pg_stat_activity), or for a server that is too slow.',
			};
		case '42P01':
		case '42704':
		case '42883':
		case '3F000':
			return {
				cause: `The tables in schema "${schema}" are gone or incomplete.`,
				fix: 'Restore them from a backup. To begin with empty ones, drop the schema, then test the credential.',
			};
		case '42P07':
		case '42703':
		case '42723':
			return {
				cause: `Schema "${schema}" holds tables of another application.`,
				fix: 'Choose another Schema in the credential.',
			};
		case '22P05':
			return {
				cause: 'The database cannot hold every character: it is not in UTF-8.',
				fix: "Use a database created with ENCODING 'UTF8'.",
			};
	}
	if (/too many (clients|connections)|no more connections allowed|max_client_conn/i.test(message))
		return {
			cause: 'The server or its pooler has no free connection.',
			fix: 'Close other connections, or raise the limit (max_connections; max_client_conn in PgBouncer).',
		};
	if (
		/no such user|login rejected|authentication failed|(password|SASL|SCRAM).*(fail|wrong|incorrect)/i.test(
			message,
		)
	)
		return {
			cause: `The server refused the password of user "${user}", or it has no such user.`,
			fix: 'Correct User and Password in the credential.',
		};
	if (/bouncer config error/.test(message))
		return {
			cause: `The pooler at ${host} is not set up for user "${user}" and database "${database}".`,
			fix: 'Correct User and Database in the credential, or have both added to the pooler.',
		};
	if (
		/query_wait_timeout|cannot connect to server|server (login|conn)|server_login_retry/i.test(
			message,
		)
	)
		return {
			cause: `The pooler at ${host} answers, but the Postgres server behind it does not.`,
			fix: 'Check that the server behind the pooler runs, and what the log of the pooler says.',
		};
	return undefined;
}

function missingGrants(
	message: string,
	{ user, database, schema }: Pick<PostgresSettings, 'user' | 'database' | 'schema'>,
): string {
	if (/for database/.test(message))
		return `CREATE SCHEMA "${schema}" AUTHORIZATION "${user}"; (or GRANT CREATE ON DATABASE "${database}" TO "${user}";)`;
	const onTables = `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO "${user}";`;
	return /for schema/.test(message)
		? `GRANT USAGE, CREATE ON SCHEMA "${schema}" TO "${user}"; ${onTables} (without CREATE where the tables exist already)`
		: onTables;
}

/** Errors of the connection itself: name, address, time and encryption. */
function explainPostgresNetworkError(
	code: string,
	message: string,
	settings: PostgresSettings,
): PostgresProblem | undefined {
	const { host, port } = settings;
	switch (code) {
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return {
				cause: `The name ${host} is not known.`,
				fix: 'Correct Host in the credential. In Docker it is the name of the Postgres service, not localhost.',
			};
		case 'ECONNREFUSED':
			return {
				cause: `Nothing listens at ${host}, port ${port}.`,
				fix: 'Check Host and Port in the credential and that the server runs. In Docker, localhost is the n8n container itself.',
			};
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
		case 'ETIMEDOUT':
			return unanswered(settings);
	}
	if (/server does not support SSL/i.test(message))
		return {
			cause: 'The server does not offer encryption.',
			fix: 'Set SSL to Disable in the credential, or have encryption switched on at the server.',
		};
	if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_OSSL|ERR_SSL|EPROTO/.test(code)) {
		return certificateProblem(code, host);
	}
	if (/timeout|timed out/i.test(message)) return unanswered(settings);
	if (/after calling end on the pool|Client was closed/.test(message))
		return {
			cause: 'This connection was closed because the credential changed or n8n is stopping.',
			fix: 'Run the workflow again.',
		};
	if (
		/terminated|not queryable|establishing an SSL/i.test(message) ||
		/^(ECONNRESET|EPIPE)$/.test(code)
	)
		return {
			cause: 'The connection broke before the answer came.',
			fix: 'Check that the server runs and was not restarted, and that Port is the one of Postgres; then try again.',
		};
	return undefined;
}

/** Whether the connection was lost after the statement had been sent: it may have been carried out. */
export function isLostConnection(error: unknown): boolean {
	const { code = '', message = '' } = error as { code?: string; message?: string };
	return (
		/^(ECONNRESET|EPIPE|57P0[12]|08...)$/.test(code) ||
		/Connection terminated(?: unexpectedly)?$|connection error and is not queryable/.test(
			message,
		)
	);
}

function unanswered({ host, port }: PostgresSettings): PostgresProblem {
	return {
		cause: `${host}, port ${port}, did not answer in time.`,
		fix: 'Check that the server runs and is not overloaded, and that a firewall lets this n8n through to it.',
	};
}

function certificateProblem(code: string, host: string): PostgresProblem {
	if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
		return {
			cause: `The server's certificate is not made out to ${host}.`,
			fix: 'Give the name that is in the certificate as Host.',
		};
	if (code === 'CERT_HAS_EXPIRED')
		return {
			cause: "The server's certificate has expired.",
			fix: 'Have it renewed on the server.',
		};
	if (/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/.test(code))
		return {
			cause: "The server's certificate is signed by an authority that this n8n does not know.",
			fix: "Paste the authority's certificate (PEM) into CA Certificate in the credential; most providers offer it for download.",
		};
	return {
		cause: `The encrypted connection could not be set up (${code}).`,
		fix: 'Check that Host and Port lead to Postgres and not to another service, and try another SSL setting.',
	};
}
