import { X509Certificate } from 'node:crypto';
import { InvalidInputError } from '../../messaging/invalid-input-error';

/** Fields that every credential of a store server has; they read alike whichever server it is. */

/**
 * The name or address alone; an IPv6 address without its brackets. Throws InvalidInputError, which
 * repeats nothing of what was typed: it may be a URL with a password.
 */
export function readHost(given: unknown, example: string): string {
	const typed = typeof given === 'string' ? given.trim() : '';
	const host = typed.replace(/^\[(.*)\]$/, '$1');
	if (host === '') {
		throw new InvalidInputError({
			field: 'Host',
			cause: 'it is empty',
			fix: `Give the name or address of the server, for example ${example}.`,
		});
	}
	// A single colon begins a port; an IPv6 address has several.
	if (!/[\s/@[\]]/.test(host) && !/^[^:]*:[^:]*$/.test(host)) return host;
	throw new InvalidInputError({
		field: 'Host',
		cause: 'it holds more than the name of the server',
		fix: `Give only the name or address, for example ${example}. Of a URL, put each part (port, database, user, password) into its own field.`,
	});
}

/** A whole number, typed as one or as text. Throws InvalidInputError. */
export function readWholeNumber(
	field: string,
	given: unknown,
	{ usual, least, most }: { usual: number; least: number; most: number },
): number {
	const value = given ?? usual;
	const number = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
	if (Number.isInteger(number) && number >= least && number <= most) return number;
	throw new InvalidInputError({
		field,
		cause: `"${String(given)}" is not a whole number from ${least} to ${most}`,
		fix: `Give a whole number from ${least} to ${most}; usually it is ${usual}.`,
	});
}

export function readPort(given: unknown, usual: number): number {
	return readWholeNumber('Port', given, { usual, least: 1, most: 65_535 });
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \1-----/g;

/**
 * One certificate or a chain, in PEM form. n8n's one-line fields, environment variables and JSON
 * files turn its line breaks into blanks or `\n`; they are put back. Asked here, because TLS passes
 * over a certificate that it cannot read. Throws InvalidInputError.
 */
export function readCertificate(given: string): string {
	const text = given.replace(/\\r\\n|\\n/g, '\n');
	const blocks = [...text.matchAll(PEM_BLOCK)].map(([, kind, body = '']) =>
		[
			`-----BEGIN ${kind}-----`,
			body.trim().split(/\s+/).join('\n'),
			`-----END ${kind}-----`,
		].join('\n'),
	);
	if (blocks.length > 0 && blocks.every(isCertificate)) return blocks.join('\n');
	throw new InvalidInputError({
		field: 'CA Certificate',
		cause: 'it is not a certificate in PEM form',
		fix: 'Paste the whole file, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.',
	});
}

function isCertificate(pem: string): boolean {
	try {
		return new X509Certificate(pem).subject !== undefined;
	} catch {
		return false;
	}
}
