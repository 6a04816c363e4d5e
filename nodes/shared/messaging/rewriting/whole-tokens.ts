import { LONGEST_TEXT } from '../text-bounds';

/**
 * What in a text means something only as it was written: links, addresses and codes to dial. No
 * rewriting touches them, and no shortening cuts them or a number.
 */

/** Stands in a masked text for what must not be touched. No text holds it: it is no character. */
export const MASK = '\uFDD0';

/** Quotes, brackets and punctuation of CJK scripts end a link; nothing else does but a blank. */
const IN_LINK = String.raw`[^\s<>"“”«»\u3000-\u303F\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]`;
const LABEL = String.raw`[\p{L}\p{M}\p{N}-]{1,63}`;
/** Only where a word begins: within a word without a blank, each letter would be tried. */
const LINK = new RegExp(
	[
		String.raw`(?:[a-z][a-z0-9+.-]{0,20}:\/\/|www\.)${IN_LINK}+`,
		String.raw`(?<![\p{L}\p{M}\p{N}_.+-])[\p{L}\p{M}\p{N}_.+-]{1,64}@(?:${LABEL}\.){1,9}\p{L}{2,24}`,
		String.raw`(?<![\p{L}\p{M}\p{N}-])(?:${LABEL}\.){1,9}\p{L}{2,24}\/${IN_LINK}*`,
	].join('|'),
	'giu',
);
/** Belongs to the sentence, or is markdown around the link. */
const AFTER_LINK = /(?<![.,;:!?'’)\]}>*_…])[.,;:!?'’)\]}>*_…]+$/u;

const DIALLED = /(?<![\p{L}\p{N}*#+])[*#+\d]{2,60}(?![\p{L}\p{N}*#+])/gu;

/** `**61*+14155550111**20#`, not `**50**`: a code has a # or, between its digits, a *. */
function isCode(token: string): boolean {
	return /\d/.test(token) && /#|\d\*+[+\d]/.test(token);
}

interface Span {
	start: number;
	/** Of the first character after it. */
	end: number;
}

function linksAndCodes(text: string): Span[] {
	const links = [...text.matchAll(LINK)].map(({ index, 0: link }) => ({
		start: index,
		end: index + link.replace(AFTER_LINK, '').length,
	}));
	const codes = [...text.matchAll(DIALLED)].flatMap(({ index, 0: token }) => {
		// No code with a # ends with two *: that is markdown around it.
		const inMarkdown =
			token.length > 4 &&
			token.startsWith('**') &&
			token.endsWith('**') &&
			token.includes('#');
		const margin = inMarkdown ? 2 : 0;
		const code = { start: index + margin, end: index + token.length - margin };
		const outside = links.every(({ start, end }) => code.end <= start || code.start >= end);
		return outside && isCode(text.slice(code.start, code.end)) ? [code] : [];
	});
	return [...links, ...codes].filter(({ start, end }) => end > start).sort(byStart);
}

/**
 * The text rewritten around its links and codes, which stay as they are. `rewrite` gets MASK in
 * place of each and must keep every one. A text too long to be sent stays as it is.
 */
export function rewriteAround(text: string, rewrite: (masked: string) => string): string {
	if (text.length > LONGEST_TEXT) return text;
	const known = text.includes(MASK) ? text.replaceAll(MASK, '') : text;
	const spans = linksAndCodes(known);
	if (spans.length === 0) return rewrite(known);
	let masked = '';
	let from = 0;
	for (const { start, end } of spans) {
		masked += known.slice(from, start) + MASK;
		from = end;
	}
	const kept = spans.map(({ start, end }) => known.slice(start, end));
	return rewrite(masked + known.slice(from)).replaceAll(MASK, () => kept.shift() ?? '');
}

/** A character of a word in a script that puts blanks between words, or of a number. */
const IN_WORD = String.raw`[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u3000-\u303F\uFF00-\uFF0F\uFF1A-\uFFEF]`;
/** Limited, and begun only where a word begins: a text without a blank takes no longer than others. */
const PART = `${IN_WORD}{0,100}`;
/** Words with a digit, those next to each other taken together, with a currency, a unit or a sign. */
const NUMBER = new RegExp(
	String.raw`(?<!${IN_WORD})(?:(?:[\p{Sc}+#№-]|(?<!\p{L})[A-Z]{3}|(?<!\p{L})(?:Rs|N[or])\.?) ?)?${PART}\p{N}${PART}` +
		String.raw`(?:[^\S\n]{1,3}${PART}\p{N}${PART})*` +
		String.raw`(?:[^\S\n]?(?:[\p{Sc}%‰°元円원]|[A-Z]{3}(?!\p{L})|[AaPp]\.?[Mm](?!\p{L})\.?))?`,
	'gu',
);

/** What must be kept whole or left out whole when a text is shortened: links, codes and numbers. */
export function wholeSpans(text: string): Span[] {
	if (text.length > LONGEST_TEXT) return [];
	const numbers = [...text.matchAll(NUMBER)].map(({ index, 0: number }) => ({
		start: index,
		end: index + number.length,
	}));
	return [...linksAndCodes(text), ...numbers].sort(byStart);
}

function byStart(a: Span, b: Span): number {
	return a.start - b.start;
}
