/** U+0000 and half surrogate pairs, which Postgres cannot hold, and the mark that stands for them. */
// eslint-disable-next-line no-control-regex
const UNSTORABLE = /[\u0000\u0001\p{Surrogate}]/gu;
// eslint-disable-next-line no-control-regex
const MARKED = /\u0001([0-9a-f]{4})/g;

/**
 * Any string as text that Postgres can hold. Two strings never become one, and what begins alike
 * still does, so prefixes can be searched for.
 */
export function toStoredText(text: string): string {
	return text.replace(
		UNSTORABLE,
		(unit) => `\u0001${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}

/** Takes back what toStoredText did. */
export function fromStoredText(stored: string): string {
	return stored.replace(MARKED, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
