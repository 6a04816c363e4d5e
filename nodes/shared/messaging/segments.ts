import { SegmentedMessage } from 'sms-segments-calculator';
import SmartEncodingMap from 'sms-segments-calculator/dist/libs/SmartEncodingMap';
import UnicodeToGsm from 'sms-segments-calculator/dist/libs/UnicodeToGSM';
import { beginningOf, MAX_CHARACTERS } from './text-bounds';
import { rewriteAround } from './rewriting/whole-tokens';

export type Encoding = 'GSM-7' | 'UCS-2';

interface SegmentCount {
	encoding: Encoding;
	/** Billed units: 160/153 characters each in GSM-7, 70/67 in UCS-2. */
	numSegments: number;
	/** The characters that force UCS-2, each once; empty in GSM-7. */
	nonGsmCharacters: string[];
}

const LOOKALIKES: Readonly<Record<string, string>> = SmartEncodingMap;
/** Characters of GSM-7 that take one place each and never join with a neighbour: most texts have no others. */
const SIMPLE = /^[\n !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z]+$/;
const SINGLE_CHARACTERS = 160;
const JOINED_CHARACTERS = 153;
const JOINED_UCS2_CHARACTERS = 67;

/**
 * What Twilio will bill for this text. An empty text (media only) has no segment. For a text longer
 * than Twilio takes it is an estimate, never too high.
 */
export function countSegments(text: string): SegmentCount {
	if (text === '') return { encoding: 'GSM-7', numSegments: 0, nonGsmCharacters: [] };
	if (text.length > MAX_CHARACTERS) return longCount(text);
	if (SIMPLE.test(text)) return simpleCount(text);
	const message = new SegmentedMessage(text);
	return {
		encoding: message.encodingName,
		numSegments: message.segmentsCount,
		nonGsmCharacters:
			message.encodingName === 'GSM-7' ? [] : [...new Set(message.getNonGsmCharacters())],
	};
}

/** Without what the calculator knows of letters that must not be parted. */
function longCount(text: string): SegmentCount {
	const beginning = Array.from(beginningOf(text), (character) => ({
		character,
		places: UnicodeToGsm[character.codePointAt(0) ?? 0]?.length,
	}));
	const others = beginning.filter(({ places }) => places === undefined);
	const isGsm = others.length === 0;
	const doubled = beginning.filter(({ places }) => places === 2).length;
	const units = isGsm ? text.length + doubled : text.length;
	return {
		encoding: isGsm ? 'GSM-7' : 'UCS-2',
		numSegments: Math.ceil(units / (isGsm ? JOINED_CHARACTERS : JOINED_UCS2_CHARACTERS)),
		nonGsmCharacters: [...new Set(others.map(({ character }) => character))],
	};
}

/** The same count without taking the text apart, which for each reply costs some milliseconds. */
function simpleCount({ length }: string): SegmentCount {
	const numSegments = length <= SINGLE_CHARACTERS ? 1 : Math.ceil(length / JOINED_CHARACTERS);
	return { encoding: 'GSM-7', numSegments, nonGsmCharacters: [] };
}

/** The text with every character replaced that Twilio's Smart Encoding replaces: how a text comes back. */
export function foldLookalikes(text: string): string {
	return Array.from(text, (character) => LOOKALIKES[character] ?? character).join('');
}

/**
 * The text with curly quotes, long dashes and the like replaced by their GSM-7 look-alikes, where
 * that makes it GSM-7 and saves segments. Rare blanks become a blank in any case. Links and codes
 * stay as they are.
 */
export function rewriteToGsm(text: string): string {
	const plain = rewriteAround(text, withPlainBlanks);
	// None of those has a look-alike.
	if (SIMPLE.test(plain)) return plain;
	const rewritten = toLookalikes(plain);
	const { encoding, numSegments } = countSegments(rewritten);
	return encoding === 'GSM-7' && numSegments < countSegments(plain).numSegments
		? rewritten
		: plain;
}

/**
 * More gently than Smart Encoding, which makes "Sen~or" of a decomposed letter and "11/2" of 1½; and
 * with the hyphens and invisible marks that it forgets.
 */
export function toLookalikes(text: string): string {
	return rewriteAround(text, (masked) => {
		const readable = withPlainBlanks(masked)
			.replace(USELESS_NON_JOINER, '')
			.replace(/[\u00AD\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '')
			.replace(/[\u2011\u2012\u2212]/g, '-')
			.replace(/(\d)(?=[¼½¾])/g, '$1 ');
		return Array.from(readable, (character) =>
			NOT_ALONE.test(character) ? character : (LOOKALIKES[character] ?? character),
		).join('');
	});
}

/** Marks change the letter before them, and U+200C how the letters around it are joined. */
const NOT_ALONE = /[\p{M}\u200C]/u;
const USELESS_NON_JOINER =
	/(?<![\p{L}\p{M}])\u200C|(?<=[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}])\u200C/gu;

/** One blank for blanks of any kind but the plain one, one line break for the rare ones. */
function withPlainBlanks(text: string): string {
	return text
		.replace(/[\v\f\u0085\u2028\u2029]/g, '\n')
		.replace(/[^\S\r\n\uFEFF]+/g, (blanks) => (/[^ ]/.test(blanks) ? ' ' : blanks));
}

/** More segments than this are mentioned, as a bill of surprising size. */
const MANY_SEGMENTS = 3;
const SHOWN_CHARACTERS = 10;

/** What makes this text cost more than the builder may expect; empty for most. */
export function segmentWarnings(whole: string): string[] {
	const text = beginningOf(whole, MAX_CHARACTERS);
	const { numSegments, nonGsmCharacters } = countSegments(text);
	const costly = new Set(nonGsmCharacters.flatMap((one) => Array.from(one)));
	const plain = Array.from(text, (character) => (costly.has(character) ? 'x' : character)).join(
		'',
	);
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
