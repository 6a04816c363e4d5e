import { countSegments, rewriteToGsm, toLookalikes, type Encoding } from '../messaging/segments';
import { shortenToSegments } from '../messaging/rewriting/shorten';
import { beginningOf, LONGEST_TEXT, MAX_CHARACTERS } from '../messaging/text-bounds';
import { MASK, rewriteAround } from '../messaging/rewriting/whole-tokens';
import { spokenPart, withoutArtefacts } from './artefacts';
import { withoutTags } from './message-tags';

export interface TextRules {
	/** What the model is asked to keep to. */
	maxSegments: number;
	/** What to do with a text that is longer all the same. */
	whenLonger: 'send' | 'shorten' | 'needsHuman';
	/** Replace curly quotes, long dashes and the like where that saves segments. */
	rewriteToGsm: boolean;
}

/** The same for every text that goes out. Undefined: as many segments as Twilio takes. */
type FinishingRules = Omit<TextRules, 'maxSegments'> & { maxSegments?: number | undefined };

export type FinishedText =
	| { kind: 'ready'; text: string; encoding: Encoding; numSegments: number }
	/** Not to be sent: a person has to look. */
	| {
			kind: 'unusable';
			code: 'tooLong';
			reason: string;
			/** How long it is and what is allowed, for a sentence that says whose text it is. */
			measure: string;
	  }
	| { kind: 'unusable'; code: 'modelFailed'; reason: string };

const SHOWN_CHARACTERS = 5;

/** Characters that fit `maxSegments` as long as the text stays within GSM-7. */
export function charactersIn(maxSegments: number): number {
	return maxSegments === 1 ? 160 : 153 * maxSegments;
}

/**
 * Words made fit to be texted, whoever sends them: letters composed, a model's artefacts, markdown
 * and tags taken away, look-alikes of GSM-7 where they save segments, no longer than allowed. Links and
 * codes go out as written.
 *
 * @param author what a person typed keeps its asterisks.
 */
export function finishText(
	words: string,
	rules: FinishingRules,
	author: 'agent' | 'operator' = 'agent',
): FinishedText {
	const isAgent = author === 'agent';
	const { length } = isAgent ? spokenPart(words).trim() : words;
	if (length > LONGEST_TEXT && rules.whenLonger !== 'shorten') return tooManyCharacters(length);
	const cleaned = isAgent ? withoutArtefacts(words) : undefined;
	if (cleaned?.kind === 'unfit') {
		return { kind: 'unusable', code: 'modelFailed', reason: cleaned.reason };
	}
	const said = cleaned ? withoutMarkdown(withoutTags(cleaned.text)) : beginningOf(words);
	const plain = rewriteAround(said.trim(), (masked) => masked.normalize('NFC'));
	const whole = rules.rewriteToGsm ? rewriteToGsm(plain) : plain;
	const text = withinSegments(whole, rules);
	if (text === undefined) return tooManySegments(whole, rules);
	if (text.length > MAX_CHARACTERS) return tooManyCharacters(text.length);
	if (text === '') {
		return {
			kind: 'unusable',
			code: 'modelFailed',
			reason: 'The model answered with no words.',
		};
	}
	const { encoding, numSegments } = countSegments(text);
	return { kind: 'ready', text, encoding, numSegments };
}

/** Undefined where it is too long and must not, or cannot, be shortened. */
function withinSegments(text: string, rules: FinishingRules): string | undefined {
	const { maxSegments, whenLonger } = rules;
	if (maxSegments === undefined || countSegments(text).numSegments <= maxSegments) return text;
	switch (whenLonger) {
		case 'send':
			return text;
		case 'needsHuman':
			return undefined;
		case 'shorten': {
			// What is cut off may have been what kept the text from GSM-7.
			const rewritten = rules.rewriteToGsm
				? shortenToSegments(toLookalikes(text), maxSegments)
				: undefined;
			const isGsm = rewritten !== undefined && countSegments(rewritten).encoding === 'GSM-7';
			return isGsm ? rewritten : shortenToSegments(text, maxSegments);
		}
	}
}

function tooManySegments(text: string, { maxSegments, whenLonger }: FinishingRules): FinishedText {
	const { numSegments, nonGsmCharacters } = countSegments(text);
	const shown = nonGsmCharacters.slice(0, SHOWN_CHARACTERS).join(' ');
	const because = shown === '' ? '' : `; characters such as ${shown} make segments shorter`;
	const uncut =
		whenLonger === 'shorten'
			? '; it cannot be shortened without cutting a link or a number'
			: '';
	return tooLong(
		`${numSegments} segments; Maximum Segments allows ${maxSegments}${because}${uncut}`,
	);
}

function tooManyCharacters(length: number): FinishedText {
	return tooLong(`${length} characters; Twilio takes ${MAX_CHARACTERS} at most`);
}

function tooLong(measure: string): FinishedText {
	return { kind: 'unusable', code: 'tooLong', reason: `The reply has ${measure}.`, measure };
}

const MARKDOWN_LINK =
	/!?\[([^\]\n]{1,300})\]\(<?(?=(?:https?:\/\/|tel:|sms:|mailto:|(?:[a-z0-9-]+\.)+[a-z])[^\s)<>])((?:[^\s()<>]|\([^\s()<>]*\))+)>?(?: "[^"\n]*")?\)/gi;
const POINTED_LINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/gi;

/** Scripts that put no blank between a word and what follows it: markdown ends there all the same. */
const JOINED = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]`;
const IN_WORD = String.raw`(?!${JOINED})[\p{L}\p{N}_*${MASK}]`;
/** Longer than Twilio takes; without an end, each mark would be looked for up to the end of the text. */
const LONGEST_BOLD = MAX_CHARACTERS;
/** Not "____" to write on, "**** 1234" or "*** Sale ***"; nor __ in a path, a handle or a file's name. */
const BOLD = new RegExp(
	String.raw`(?<!${IN_WORD})(\*\*|(?<![/\\=@])__)(?!\1|[*_][\s.,;:!?)])(\S(?:.{0,${LONGEST_BOLD}}?\S)??)\1` +
		String.raw`(?!${IN_WORD}|(?<=_)[/\\=@.][\p{L}\p{N}_])`,
	'gu',
);
/** A promotion code, say, which the backticks would keep from GSM-7. */
const BACKTICKED = /(?<![\p{L}\p{N}`])`([^`\n]+)`(?![\p{L}\p{N}`])/gu;

/** A phone shows markdown as asterisks. Models write it even when told not to. */
function withoutMarkdown(text: string): string {
	const linked = text
		.replace(MARKDOWN_LINK, (_, label: string, url: string) => {
			const address = readable(url);
			return tells(label, address) ? address : `${label}: ${address}`;
		})
		.replace(POINTED_LINK, (_, url: string) => readable(url));
	return rewriteAround(linked, (masked) =>
		withoutBold(masked.replace(/^#{1,6}[^\S\n]+/gm, '').replace(BACKTICKED, '$1')),
	);
}

function withoutBold(text: string): string {
	return text.replace(BOLD, (_, _mark, inner: string) => withoutBold(inner));
}

/** Whether a link's label is its address or number once more. */
function tells(label: string, address: string): boolean {
	const bare = (link: string) => link.replace(/[\s().-]|\/$/g, '').toLowerCase();
	return /[.@\d]/.test(label) && bare(address).endsWith(bare(label));
}

/** A phone makes a link of a number or an e-mail address by itself. */
function readable(url: string): string {
	return url.replace(/^(?:tel|sms|mailto):([^?]*).*/i, '$1');
}
