import { causeOf, withoutSecrets } from '../../../messaging/reason-of';
import { errorText } from '../../../messaging/text-bounds';
import { StoreUnavailableError } from '../../thread-store';
import { explainNetworkError, type NetworkWords, type Problem } from '../explain-network-error';
import { postgresName, type PostgresSettings } from './postgres-settings';

/** Any failure of a statement or of connecting, in the words of the port. */
export function postgresUnavailable(
	settings: PostgresSettings,
	error: unknown,
): StoreUnavailableError {
	if (error instanceof StoreUnavailableError) return error;
	const { cause, fix } = explainPostgresError(error, settings);
	return new StoreUnavailableError(postgresName(settings), withoutSecrets(`${cause} ${fix}`), {
		cause: causeOf(error),
	});
}

/** What went wrong and the way out, from an error of the server, of a pooler before it or of the network. */
function explainPostgresError(error: unknown, settings: PostgresSettings): Problem {
	const { code = '', message: words = '' } = error as { code?: string; message?: string };
	const message = errorText(words);
	return (
		explainServerError(code, message, settings) ??
		explainConnectionError(code, message, settings) ?? {
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
): Problem | undefined {
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
		case 'XX001':
		case 'XX002':
			return {
				cause: `The data on the server is damaged: ${message}.`,
				fix: 'Have the database restored from a backup, and the disk of the server looked into.',
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

/** By the texts of the client, which gives its own errors no code. */
function explainConnectionError(
	code: string,
	message: string,
	settings: PostgresSettings,
): Problem | undefined {
	const words = networkWords(code, settings);
	const problem = explainNetworkError({ code, message }, words);
	if (problem) return problem;
	if (/server does not support SSL/i.test(message)) return words.noEncryption;
	if (/timeout|timed out/i.test(message)) return words.silent;
	if (/after calling end on the pool|Client was closed/.test(message))
		return {
			cause: 'This connection was closed because the credential changed or n8n is stopping.',
			fix: 'Run the workflow again.',
		};
	if (/terminated|not queryable|establishing an SSL/i.test(message)) return words.broken;
	return undefined;
}

function networkWords(code: string, { host, port }: PostgresSettings): NetworkWords {
	return {
		unknownName: {
			cause: `The name ${host} is not known.`,
			fix: 'Correct Host in the credential. In Docker it is the name of the Postgres service, not localhost.',
		},
		refused: {
			cause: `Nothing listens at ${host}, port ${port}.`,
			fix: 'Check Host and Port in the credential and that the server runs. In Docker, localhost is the n8n container itself.',
		},
		silent: {
			cause: `${host}, port ${port}, did not answer in time.`,
			fix: 'Check that the server runs and is not overloaded, and that a firewall lets this n8n through to it.',
		},
		broken: {
			cause: 'The connection broke before the answer came.',
			fix: 'Check that the server runs and was not restarted, and that Port is the one of Postgres; then try again.',
		},
		noEncryption: {
			cause: 'The server does not offer encryption.',
			fix: 'Set SSL to Disable in the credential, or have encryption switched on at the server.',
		},
		untrusted: {
			cause: "The server's certificate is signed by an authority that this n8n does not know.",
			fix: "Paste the authority's certificate (PEM) into CA Certificate in the credential; most providers offer it for download.",
		},
		wrongName: {
			cause: `The server's certificate is not made out to ${host}.`,
			fix: 'Give the name that is in the certificate as Host.',
		},
		outOfDate: {
			cause: "The server's certificate is not valid at this date.",
			fix: 'Have it renewed on the server, and check the clock of the machine that n8n runs on.',
		},
		clientCertificate: {
			cause: 'The server asks for a client certificate, which is not supported.',
			fix: 'Have the user let in with a password alone (pg_hba.conf without clientcert).',
		},
		encryptionFailed: {
			cause: `The encrypted connection could not be set up (${code}).`,
			fix: 'Check that Host and Port lead to Postgres and not to another service, and try another SSL setting.',
		},
	};
}
