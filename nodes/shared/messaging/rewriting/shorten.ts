import { countSegments } from '../segments';
import { beginningOf, LONGEST_TEXT } from '../text-bounds';
import { wholeSpans } from './whole-tokens';

const ELLIPSIS = '...';
/** Characters. */
const LONGEST_SEGMENT = 160;
/** As many as a link or number may go on behind what fits. */
const LOOKED_BEYOND = 1_000;
const SENTENCE_END = /(?:(?<![.!?…؟۔।॥])[.!?…؟۔।॥]+["'”’)\]]*(?=\s|$)|[。！？]+[」』”’）]*)/gu;
/** "1." of a list, "5." of a date and "No." before a number end no sentence. */
const ORDINAL = /(?:^|\s)\d+\.$/;
const SHORT_WORD = /(?:^|\s)\p{L}{1,3}\.$/u;
const BEFORE_NUMBER = /^\s+\p{N}/u;
const TITLE = /(?:^|\s)(?:Dr|Drs|Mr|Mrs|Ms|St|Prof|Sra?|Sig|Hr|Apt|Ave|Blvd|Rd|in[ck]l|zzgl)\.$/;
/** After "e.g.", "approx." or "Mio." the sentence goes on. */
const ABBREVIATION = /(?:^|\s)(?:\p{L}\.)*\p{L}{1,6}\.$/u;
const GOES_ON = /^\s+[\p{Ll}\p{Sc}&]/u;

/**
 * The longest beginning of a text that fits `limit` segments, ended after a sentence where one
 * ends in its second half, else after a word and "...". Links, codes and numbers are kept whole or
 * left out whole; undefined where less than half of what fits would be left for it.
 */
export function shortenToSegments(whole: string, limit: number): string | undefined {
	const most = Math.min(LONGEST_SEGMENT * limit + LOOKED_BEYOND, LONGEST_TEXT);
	const text = beginningOf(whole, most);
	if (countSegments(whole).numSegments <= limit) return whole;
	const offsets = Array.from(new Intl.Segmenter().segment(text), ({ index }) => index);
	const fits = (offset: number) =>
		countSegments(text.slice(0, offset) + ELLIPSIS).numSegments <= limit;

	// Segments grow with length, so the longest fitting beginning is found by halving.
	let low = 0;
	let high = offsets.findLastIndex((offset) => offset <= LONGEST_SEGMENT * limit);
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if (fits(offsets[middle] ?? 0)) low = middle;
		else high = middle - 1;
	}
	const longest = offsets[low] ?? 0;
	const least = Math.max(longest / 2, 1);
	const spans = wholeSpans(text);
	const isInside = (at: number) => spans.some(({ start, end }) => start < at && at < end);
	// Before "...", a number would look as if it went on.
	const mayBreak = (at: number) => !spans.some(({ start, end }) => start < at && at <= end);

	const sentence = [...text.slice(0, longest + 1).matchAll(SENTENCE_END)]
		.map(({ index, 0: ending }) => index + ending.length)
		.filter((at) => at <= longest && endsSentence(text, at) && !isInside(at))
		.at(-1);
	if (sentence !== undefined && sentence >= least) return text.slice(0, sentence);

	const words = [...text.slice(0, longest + 1).matchAll(/(?<=\S)\s/g)].map(({ index }) => index);
	const word = words.findLast(mayBreak);
	if (word !== undefined && word >= least) {
		return text.slice(0, word).replace(/(?<![.,;:،؛])[.,;:،؛]+$/, '') + ELLIPSIS;
	}
	// No blank in the second half: a script without blanks, or one very long word.
	const letter = offsets.slice(0, low + 1).findLast(mayBreak);
	return letter !== undefined && letter >= least
		? text.slice(0, letter).trimEnd() + ELLIPSIS
		: undefined;
}

function endsSentence(text: string, at: number): boolean {
	const before = text.slice(Math.max(0, at - 20), at);
	const after = text.slice(at, at + 20);
	if (ORDINAL.test(before) || TITLE.test(before)) return false;
	if (ABBREVIATION.test(before) && GOES_ON.test(after)) return false;
	return !(SHORT_WORD.test(before) && BEFORE_NUMBER.test(after));
}
