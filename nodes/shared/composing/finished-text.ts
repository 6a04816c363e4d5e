import { countSegments, rewriteToGsm, toLookalikes, type Encoding } from '../messaging/segments';
import { shortenToSegments } from '../messaging/shorten';
import { MASK, rewriteAround } from '../messaging/whole-tokens';
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

/** Twilio takes no longer text, however many segments. */
const MAX_CHARACTERS = 1600;
const SHOWN_CHARACTERS = 5;

/** Characters that fit `maxSegments` as long as the text stays within GSM-7. */
export function charactersIn(maxSegments: number): number {
	return maxSegments === 1 ? 160 : 153 * maxSegments;
}

/**
 * Words made fit to be texted, whoever sends them: letters composed, a model's markdown and tags
 * taken away, look-alikes of GSM-7 where they save segments, no longer than allowed. Links and
 * codes go out as written.
 *
 * @param author what a person typed keeps its asterisks.
 */
export function finishText(
	words: string,
	rules: FinishingRules,
	author: 'agent' | 'operator' = 'agent',
): FinishedText {
	const said = author === 'agent' ? withoutMarkdown(withoutTags(words.trim())) : words;
	const plain = rewriteAround(said.trim(), (masked) => masked.normalize('NFC'));
	const whole = rules.rewriteToGsm ? rewriteToGsm(plain) : plain;
	const text = withinSegments(whole, rules);
	if (text === undefined) return tooManySegments(whole, rules);
	if (text.length > MAX_CHARACTERS) {
		return tooLong(`${text.length} characters; Twilio takes ${MAX_CHARACTERS} at most`);
	}
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

function tooLong(measure: string): FinishedText {
	return { kind: 'unusable', code: 'tooLong', reason: `The reply has ${measure}.`, measure };
}

const MARKDOWN_LINK =
	/!?\[([^\]\n]{1,300})\]\(<?((?:https?:\/\/|tel:|mailto:)(?:[^\s()<>]|\([^\s()<>]*\))+)>?(?: "[^"\n]*")?\)/gi;
const POINTED_LINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/gi;

/** Scripts that put no blank between a word and what follows it: markdown ends there all the same. */
const JOINED = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]`;
const IN_WORD = String.raw`(?!${JOINED})[\p{L}\p{N}_*${MASK}]`;
const BOLD = new RegExp(String.raw`(?<!${IN_WORD})(\*\*|__)(\S(?:.*?\S)??)\1(?!${IN_WORD})`, 'gu');

/** A phone shows markdown as asterisks. Models write it even when told not to. */
function withoutMarkdown(text: string): string {
	const linked = text
		.replace(MARKDOWN_LINK, (_, label: string, url: string) => {
			const address = readable(url);
			return label === address ? address : `${label}: ${address}`;
		})
		.replace(POINTED_LINK, (_, url: string) => readable(url));
	return rewriteAround(linked, (masked) =>
		masked.replace(/^#{1,6}[^\S\n]+/gm, '').replace(BOLD, '$2'),
	);
}

/** A phone makes a link of a number or an e-mail address by itself. */
function readable(url: string): string {
	return url.replace(/^(?:tel|mailto):/i, '');
}
