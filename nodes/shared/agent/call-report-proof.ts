import { createHmac, timingSafeEqual, createHash } from 'node:crypto';

/** What a report of a call proves itself with. */
export interface CallReportProof {
	/** Header names in lower case. */
	headers: Readonly<Record<string, unknown>>;
	/** The body as it came. */
	rawBody: Uint8Array;
	/** Milliseconds since 1970, UTC. */
	now: number;
}

/** A signed report is fresh for so long, in milliseconds. */
const FRESH_MS = 5 * 60_000;
/** Retell's form: the time in milliseconds, and the signature of the body followed by it. */
const RETELL_SIGNATURE = /^v=(\d+),d=([0-9a-f]+)$/i;

/**
 * Whether the sender knows the secret: it sent it, as a bearer token, in X-Webhook-Secret or in
 * X-Vapi-Secret, or signed the report with it as Retell does. Takes the same time for every wrong
 * secret. An empty secret proves nothing.
 */
export function isProven({ headers, rawBody, now }: CallReportProof, secret: string): boolean {
	if (secret === '') return false;
	const header = (name: string) => {
		const value = headers[name];
		return typeof value === 'string' ? value.trim() : '';
	};
	const sent = [
		/^bearer\s+(.+)$/i.exec(header('authorization'))?.[1] ?? '',
		header('x-webhook-secret'),
		header('x-vapi-secret'),
	];
	if (sent.some((candidate) => isSame(candidate, secret))) return true;

	const [, at = '', signature = ''] = RETELL_SIGNATURE.exec(header('x-retell-signature')) ?? [];
	if (at === '' || Math.abs(now - Number(at)) > FRESH_MS) return false;
	const expected = createHmac('sha256', secret).update(rawBody).update(at).digest('hex');
	return isSame(signature.toLowerCase(), expected);
}

/** Of equal length once hashed, so that not even the length of the secret shows. */
function isSame(given: string, expected: string): boolean {
	const hash = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(hash(given), hash(expected));
}
