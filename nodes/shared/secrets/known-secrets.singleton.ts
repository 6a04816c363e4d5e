/** Letters in a row by which a secret is known again, also where only a part of it is quoted. */
export const PIECE_LENGTH = 10;
/** Shorter ones cannot be told from ordinary words. */
const SHORTEST = 5;
/** Credentials, the last read. */
const MOST = 500;

interface KnownSecrets {
	/** By credential, all forms of its secrets; the one read last stands last. */
	forms: Map<string, string[]>;
	/** All parts of these of PIECE_LENGTH letters. */
	pieces: Set<string>;
	/** Forms that are too short for pieces. */
	words: Set<string>;
}

/** What is blanked. Of this copy of the package: no secret hangs on the global object, for all to read. */
export const knownSecrets: KnownSecrets = {
	forms: new Map(),
	pieces: new Set(),
	words: new Set(),
};

/**
 * Has the secrets of a credential blanked from now on.
 *
 * @param users what stands before a secret where both are sent together, as in "user:password".
 */
export function rememberSecrets(secrets: readonly string[], users: readonly string[]): void {
	// What the credential says openly as well is no secret.
	const hidden = secrets.filter((one) => one.length >= SHORTEST && !users.includes(one));
	if (hidden.length === 0) return;
	const { forms } = knownSecrets;
	const key = JSON.stringify([hidden, users]);
	const known = forms.get(key);
	forms.delete(key);
	forms.set(key, known ?? hidden.flatMap((one) => formsOf(one, users)));
	if (known) return;
	if (forms.size > MOST) forgetOldest();
	else forms.get(key)?.forEach(addForm);
}

function forgetOldest(): void {
	const { forms, pieces, words } = knownSecrets;
	for (const oldest of forms.keys()) {
		if (forms.size <= MOST / 2) break;
		forms.delete(oldest);
	}
	pieces.clear();
	words.clear();
	for (const kept of forms.values()) kept.forEach(addForm);
}

function addForm(form: string): void {
	const { pieces, words } = knownSecrets;
	if (form.length < PIECE_LENGTH) words.add(form);
	for (let at = 0; at + PIECE_LENGTH <= form.length; at++) {
		pieces.add(form.slice(at, at + PIECE_LENGTH));
	}
}

/** How a secret may be written in what somebody quotes: in a URL, in JSON, in HTML, in a header. */
function formsOf(secret: string, users: readonly string[]): string[] {
	const inUrl = encodeURIComponent(secret);
	const inBase64 = [
		secret,
		`:${secret}`,
		`${secret}:`,
		...users.map((user) => `${user}:${secret}`),
	]
		.map((pair) =>
			Buffer.from(pair)
				.toString('base64')
				.replace(/={1,2}$/, ''),
		)
		.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
	const forms = [
		secret,
		inUrl,
		inUrl.replaceAll('%20', '+'),
		inUrl.replace(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase()),
		JSON.stringify(secret).slice(1, -1),
		inHtml(secret),
		...inBase64,
		...inBase64.map((text) => encodeURIComponent(text)),
	];
	return [...new Set(forms)];
}

function inHtml(text: string): string {
	return text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;');
}
