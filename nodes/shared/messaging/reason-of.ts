import { knownSecrets, PIECE_LENGTH } from '../secrets/known-secrets.singleton';
import { beginningOf, LONGEST_REFUSAL } from './text-bounds';

/** What an error says, for a sentence of ours; whatever was thrown. Without secrets. */
export function reasonOf(error: unknown): string {
	return error instanceof Error ? withoutSecrets(error.message) : 'unknown error';
}

/** The same with the way out, where the error knows one; for a log, which has no second line. */
export function reasonWithFix(error: unknown): string {
	const { fix } = (error ?? {}) as { fix?: unknown };
	const reason = reasonOf(error);
	if (typeof fix !== 'string' || fix === '') return reason;
	return `${reason.replace(/[.!?]$/, '')}. ${withoutSecrets(fix)}`;
}

const DEEPEST = 4;

/**
 * What may be kept of an error that others made: its name, code and words, without secrets. Errors
 * of HTTP clients hold the whole request, authentication included.
 */
export function causeOf(error: unknown, depth = 0): Error | undefined {
	if (!(error instanceof Error) || depth > DEEPEST) return undefined;
	const { code } = error as { code?: unknown };
	const kept = new Error(withoutSecrets(error.message), {
		cause: causeOf(error.cause, depth + 1),
	});
	kept.name = error.name;
	return Object.assign(kept, typeof code === 'string' ? { code } : {});
}

const BLANK = '[hidden]';

/**
 * Others' words without what must not be read: the secrets of our credentials in any form they go
 * out in, also in part, and whatever looks like one that we do not know. Whoever gets a request may
 * repeat it in the answer, and the answer's words stand in items, errors and logs.
 */
export function withoutSecrets(text: string): string {
	let blanked = withoutUrlPasswords(withoutKnown(beginningOf(text, LONGEST_REFUSAL)));
	for (const [pattern, replacement] of PATTERNS) blanked = blanked.replace(pattern, replacement);
	return blanked;
}

/** Without the secrets that we know, in whole or in part. */
function withoutKnown(text: string): string {
	for (const word of knownSecrets.words) if (text.includes(word)) text = withoutWord(text, word);
	return withoutPieces(text, () => true);
}

/**
 * Words that are to be sent on, without what can only be a secret of ours. A local model takes any
 * key ("ollama", "anything", "12345"), a password may be made of the business' name: these stay, being
 * words that an agent may well need.
 */
export function withoutKeys(text: string): string {
	return withoutPieces(text, looksLikeKey);
}

/** Of the letters that were found. */
const SHORTEST_KEY = 16;

function looksLikeKey(found: string): boolean {
	return found.length >= SHORTEST_KEY && /\p{L}/u.test(found) && /\d/.test(found);
}

function withoutPieces(text: string, isToldNobody: (found: string) => boolean): string {
	const { pieces } = knownSecrets;
	if (pieces.size === 0) return text;
	let kept = '';
	let from = 0;
	for (let at = 0; at + PIECE_LENGTH <= text.length; at++) {
		if (!pieces.has(text.slice(at, at + PIECE_LENGTH))) continue;
		let end = at + PIECE_LENGTH;
		while (end < text.length && pieces.has(text.slice(end - PIECE_LENGTH + 1, end + 1))) end++;
		if (isToldNobody(text.slice(at, end))) {
			kept += text.slice(from, at) + BLANK;
			from = end;
		}
		at = end - 1;
	}
	return kept + text.slice(from);
}

/** A short secret may be part of an ordinary word, which stays. */
function withoutWord(text: string, word: string): string {
	const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'gu'), BLANK);
}

/** In redis://user:password@host. What has no space in it is gone through once, as it may be long. */
function withoutUrlPasswords(text: string): string {
	return text.replace(/[^\s@"']+@?/g, (run) =>
		run.endsWith('@') ? run.replace(URL_PASSWORD, `$1:${BLANK}@`) : run,
	);
}

const URL_PASSWORD = /\b([a-z][a-z\d+.-]{0,20}:\/\/[^:/]{0,256}):.+@$/i;

const NAMES =
	'(?:authorization|(?:x[-_])?(?:goog[-_])?(?:api|access|auth|account|private|signing|secret)[-_]?(?:key|token|secret)|(?:client[-_])?secret|passw(?:or)?d|pwd|x-webhook-secret|signature|x-amz-(?:signature|credential|security-token))';

const SECRET_NAME = new RegExp(`^${NAMES}$`, 'i');

/** Whether what bears this name is not to be read, as in a list of headers. */
export function isSecretName(name: string): boolean {
	return SECRET_NAME.test(name);
}

/** Each looks ahead so far and no farther: a refusal is written by others, to be read at their pace. */
const PATTERNS: ReadonlyArray<readonly [RegExp, string]> = [
	// Authorization: Bearer ..., Basic ...
	[/\b(Bearer)(\s+|%20|\+)(?=\S{0,256}[\d=+/._-])[\w.~+/=%-]{8,}/gi, `$1$2${BLANK}`],
	[/\b(Basic|Digest|Token)(\s+|%20|\+)(?=\S{0,256}\d)[\w.~+/=%-]{16,}/gi, `$1$2${BLANK}`],
	// "api_key": "...", password=..., x-api-key: ...
	[
		new RegExp(
			`(\\b${NAMES}["']?\\s*(?:[:=]|=>|%3D)\\s*["']?)(?!\\[)(?=[^\\s"'&,;<>]{0,256}\\d)[^\\s"'&,;<>]{6,4096}`,
			'gi',
		),
		`$1${BLANK}`,
	],
	// Keys that say what they are.
	[/\b(?:sk|pk|rk|xai|gsk|whsec|ghp|hf|sk_live|sk_test)[-_][\w*.+/=-]{8,}/g, BLANK],
	[/\bAIza[\w-]{20,}/g, BLANK],
	[/\bAKIA[A-Z\d]{12,}/g, BLANK],
	[/\beyJ[\w-]{8,4096}\.[\w-]+(?:\.[\w-]*)?/g, BLANK],
];
