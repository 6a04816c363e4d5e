import { SegmentedMessage } from 'sms-segments-calculator';
import SmartEncodingMap from 'sms-segments-calculator/dist/libs/SmartEncodingMap';
import { InvalidInputError } from './invalid-input-error';

export type Encoding = 'GSM-7' | 'UCS-2';

interface SegmentCount {
	encoding: Encoding;
	/** Billed units: 160/153 characters each in GSM-7, 70/67 in UCS-2. */
	numSegments: number;
	/** The characters that force UCS-2, each once; empty in GSM-7. */
	nonGsmCharacters: string[];
}

const LOOKALIKES: Readonly<Record<string, string>> = SmartEncodingMap;
const ELLIPSIS = '...';
/** Characters of GSM-7 that take one place each and never join with a neighbour: most texts have no others. */
const SIMPLE = /^[\n !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z]+$/;
const SINGLE_CHARACTERS = 160;
const JOINED_CHARACTERS = 153;

/** What Twilio will bill for this text. An empty text (media only) has no segment. */
export function countSegments(text: string): SegmentCount {
	if (text === '') return { encoding: 'GSM-7', numSegments: 0, nonGsmCharacters: [] };
	if (SIMPLE.test(text)) return simpleCount(text);
	const message = new SegmentedMessage(text);
	return {
		encoding: message.encodingName,
		numSegments: message.segmentsCount,
		nonGsmCharacters:
			message.encodingName === 'GSM-7' ? [] : [...new Set(message.getNonGsmCharacters())],
	};
}

/** The same count without taking the text apart, which for each reply costs some milliseconds. */
function simpleCount({ length }: string): SegmentCount {
	const numSegments = length <= SINGLE_CHARACTERS ? 1 : Math.ceil(length / JOINED_CHARACTERS);
	return { encoding: 'GSM-7', numSegments, nonGsmCharacters: [] };
}

/** The text with every character replaced that Twilio's Smart Encoding replaces. */
export function foldLookalikes(text: string): string {
	return Array.from(text, (character) => LOOKALIKES[character] ?? character).join('');
}

/**
 * The text with curly quotes, long dashes and the like replaced by their GSM-7 look-alikes,
 * where that saves segments; otherwise the text as it was.
 */
export function rewriteToGsm(text: string): string {
	const rewritten = foldLookalikes(text);
	return countSegments(rewritten).numSegments < countSegments(text).numSegments
		? rewritten
		: text;
}

/**
 * The longest beginning of `text` that fits `limit` segments, ended after a sentence where one
 * ends in its second half, else after a word and "...".
 */
export function shortenToSegments(text: string, limit: number): string {
	if (countSegments(text).numSegments <= limit) return text;
	const graphemes = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
	const fits = (length: number, ending: string) =>
		countSegments(graphemes.slice(0, length).join('') + ending).numSegments <= limit;

	// Segments grow with length, so the longest fitting beginning is found by halving.
	let low = 0;
	let high = graphemes.length;
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if (fits(middle, ELLIPSIS)) low = middle;
		else high = middle - 1;
	}
	const kept = graphemes.slice(0, low).join('');

	const sentence = /^[\s\S]*[.!?](?=\s|$)/.exec(kept)?.[0];
	if (sentence !== undefined && sentence.length >= kept.length / 2) return sentence;
	const words = /^([\s\S]*\S)\s+\S*$/.exec(kept)?.[1];
	return `${words !== undefined && words.length >= kept.length / 2 ? words : kept}${ELLIPSIS}`;
}

export interface TextLimits {
	/** Replace curly quotes, long dashes and the like where that saves segments. */
	rewriteToGsm: boolean;
	/** Undefined: as many as Twilio takes. */
	maxSegments?: number | undefined;
	whenLonger: 'shorten' | 'refuse';
}

/** Twilio takes no longer text, however many segments. */
const MAX_CHARACTERS = 1600;

/** The text as it can be sent. Throws InvalidInputError naming `field` where it is too long. */
export function fitText(words: string, limits: TextLimits, field: string): string {
	const text = limits.rewriteToGsm ? rewriteToGsm(words) : words;
	const { maxSegments } = limits;
	const { numSegments, nonGsmCharacters } = countSegments(text);
	const fitting =
		maxSegments !== undefined && numSegments > maxSegments && limits.whenLonger === 'shorten'
			? shortenToSegments(text, maxSegments)
			: text;
	if (fitting.length > MAX_CHARACTERS) {
		throw new InvalidInputError({
			field,
			cause: `the text has ${fitting.length} characters; Twilio takes ${MAX_CHARACTERS} at most`,
			fix: 'Shorten it, or set Maximum Segments and let it be shortened.',
		});
	}
	if (maxSegments !== undefined && fitting === text && numSegments > maxSegments) {
		const because =
			nonGsmCharacters.length > 0
				? `; characters such as ${nonGsmCharacters.slice(0, 5).join(' ')} make segments shorter`
				: '';
		throw new InvalidInputError({
			field,
			cause: `the text has ${numSegments} segments; Maximum Segments allows ${maxSegments}${because}`,
			fix: 'Shorten the text, raise Maximum Segments, or let longer texts be shortened.',
		});
	}
	return fitting;
}

/** More segments than this are mentioned, as a bill of surprising size. */
const MANY_SEGMENTS = 3;
const SHOWN_CHARACTERS = 10;

/** What makes this text cost more than the builder may expect; empty for most. */
export function segmentWarnings(text: string): string[] {
	const { numSegments, nonGsmCharacters } = countSegments(text);
	const plain = Array.from(text, (character) =>
		nonGsmCharacters.some((one) => one.includes(character)) ? 'x' : character,
	).join('');
	const withoutThem = countSegments(plain).numSegments;
	const warnings: string[] = [];
	if (numSegments > withoutThem) {
		const shown = nonGsmCharacters.slice(0, SHOWN_CHARACTERS).join(' ');
		const more = nonGsmCharacters.length > SHOWN_CHARACTERS ? ' and others' : '';
		warnings.push(
			`These characters make the text cost ${numSegments} segments instead of ${withoutThem}: ${shown}${more}`,
		);
	}
	if (numSegments > MANY_SEGMENTS) {
		warnings.push(`The text is billed as ${numSegments} segments`);
	}
	return warnings;
}
