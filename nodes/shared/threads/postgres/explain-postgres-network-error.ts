import type { PostgresProblem } from './explain-postgres-error';
import type { PostgresSettings } from './postgres-settings';

/** Errors of the connection itself: name, address, time and encryption. */
export function explainPostgresNetworkError(
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
