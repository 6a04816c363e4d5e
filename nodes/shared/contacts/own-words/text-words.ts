/** A word as it is compared: small letters, without accents. */
export interface TextWord {
	word: string;
	/** Where it stands in the text as it was written. */
	start: number;
	end: number;
	/** Which sentence, and which part of one (between commas, dashes and the like), it stands in. */
	sentence: number;
	clause: number;
	isCapitals: boolean;
}

/** Longer than any word that is looked for; the rest of a word tells nothing. */
const LONGEST_WORD = 40;
const ENDS_SENTENCE = /[.!?;\n…¡¿。！？]/;
const ENDS_CLAUSE = /[,:()"“”„«»\-–—/]|\p{Extended_Pictographic}/u;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const NOT = /n[’'‘`´]t(?![\p{L}\p{N}])/giu;

/**
 * The words of a text. "don't" is one word and "m'écrire" are two; single letters that stand apart
 * ("S.T.O.P") are one word.
 */
export function wordsIn(text: string): TextWord[] {
	const found: TextWord[] = [];
	let sentence = 0;
	let clause = 0;
	let last = 0;
	// The apostrophe goes, its place stays.
	const joined = text.replace(NOT, (not) => `${not[0]}\u034F${not[2]}`);
	for (const { 0: written, index } of joined.matchAll(WORD)) {
		const between = joined.slice(last, index);
		if (ENDS_SENTENCE.test(between)) sentence += 1;
		if (ENDS_SENTENCE.test(between) || ENDS_CLAUSE.test(between)) clause += 1;
		last = index + written.length;
		found.push({
			word: plain(written.slice(0, LONGEST_WORD)),
			start: index,
			end: last,
			sentence,
			clause,
			isCapitals: written.length > 2 && written === written.toUpperCase(),
		});
	}
	return withSpelledOut(found);
}

/** Letters as they are compared. */
export function plain(text: string): string {
	return text
		.normalize('NFKD')
		.replace(/[\p{M}\u034F]/gu, '')
		.toLowerCase()
		.replaceAll('ß', 'ss')
		.replaceAll('œ', 'oe');
}

function withSpelledOut(words: TextWord[]): TextWord[] {
	const isSpelledOut = words.length > 2 && words.every(({ start, end }) => end - start === 1);
	const [first] = words;
	if (!isSpelledOut || !first || words.length > LONGEST_WORD) return words;
	const word = words.map((one) => one.word).join('');
	return [{ ...first, word, end: words.at(-1)?.end ?? first.end, isCapitals: false }];
}
