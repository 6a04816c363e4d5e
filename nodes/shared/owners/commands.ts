import type { Agent, OwnersWords } from '../messaging/agent';
import { consentWordOf } from '../messaging/consent-keywords';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { beginningOf, quoted } from '../messaging/text-bounds';

export const USUAL_WORDS: Readonly<OwnersWords> = {
	take: 'take',
	release: 'release',
	list: 'list',
	pauseAll: 'pause all',
	resumeAll: 'resume all',
};

/** What an owner's phone asks for. */
export type OwnersCommand =
	/** These words go to the contact of the hand-over. */
	| { kind: 'relay'; number: number; words: string }
	| { kind: 'take' | 'release'; number: number }
	| { kind: 'list' | 'pauseAll' | 'resumeAll' }
	/** Asked for, or not understood: words without a number may be meant for anybody. */
	| { kind: 'help' }
	/** The PIN that is asked for is missing or another one. */
	| { kind: 'refused' };

/** "2 words", "#2: words"; "2.5 hours" and "2:30" begin with no number of a hand-over. */
const TO_NUMBER = /^#?(\d{1,2})[.:,;)-]?\s+(\S[\s\S]*)$/;

/**
 * The command that a text is. Case, blanks and what nobody sees do not count. A command word after a
 * number ("2 take") is the command and no text to the contact.
 */
export function parseCommand(
	body: string,
	{ ownersWords = USUAL_WORDS, ownersPin = '' }: Pick<Agent, 'ownersWords' | 'ownersPin'>,
): OwnersCommand {
	const whole = beginningOf(body).replace(/^[\s\p{Cf}]+|(?<![\s\p{Cf}])[\s\p{Cf}]+$/gu, '');
	const said = ownersPin === '' ? whole : withoutPin(whole, ownersPin);
	if (said === undefined) return { kind: 'refused' };

	const plain = plainOf(said);
	for (const kind of ['list', 'pauseAll', 'resumeAll'] as const) {
		if (plain === plainOf(ownersWords[kind])) return { kind };
	}
	for (const kind of ['take', 'release'] as const) {
		const number = numberWith(plain, plainOf(ownersWords[kind]));
		if (number !== undefined) return { kind, number };
	}
	const [, digits = '', words = ''] = TO_NUMBER.exec(said) ?? [];
	const number = Number(digits);
	if (number < 1 || isCommandWord(words, ownersWords)) return { kind: 'help' };
	return { kind: 'relay', number, words };
}

/** What follows the PIN; undefined where the text does not begin with it. */
function withoutPin(said: string, pin: string): string | undefined {
	const [first = ''] = /^\S*/.exec(said) ?? [];
	return plainOf(first) === plainOf(pin) ? said.slice(first.length).trimStart() : undefined;
}

/** The number in "take 2", "take #2" and "2 take". */
function numberWith(plain: string, word: string): number | undefined {
	const rest = plain.startsWith(`${word} `)
		? plain.slice(word.length + 1)
		: plain.endsWith(` ${word}`)
			? plain.slice(0, -word.length - 1)
			: '';
	const [, digits] = /^#?([1-9]\d?)[.!]?$/.exec(rest) ?? [];
	return digits === undefined ? undefined : Number(digits);
}

function isCommandWord(words: string, ownersWords: OwnersWords): boolean {
	const plain = plainOf(words);
	return Object.values(ownersWords).some((word: string) => plainOf(word) === plain);
}

function plainOf(text: string): string {
	return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

const LABELS: Readonly<Record<keyof OwnersWords, string>> = {
	take: 'Take Over',
	release: 'Release',
	list: 'List',
	pauseAll: 'Pause All',
	resumeAll: 'Resume All',
};

/** The option's label. */
export const OWNERS_COMMANDS = "Owner's Commands";

/** Characters. */
const LONGEST_WORD = 30;

/**
 * The builder's words, the usual ones where they gave none; undefined where all are the usual ones.
 * Throws InvalidInputError for words that could not be told apart, from each other, from the number of
 * a hand-over or from STOP and its like.
 */
export function parseOwnersWords(given: Partial<OwnersWords>): OwnersWords | undefined {
	const names = Object.keys(USUAL_WORDS) as Array<keyof OwnersWords>;
	const words = { ...USUAL_WORDS };
	for (const name of names) words[name] = given[name]?.trim() || USUAL_WORDS[name];
	const taken = new Set<string>();
	for (const name of names) {
		const cause = whyUnfit(words[name], taken);
		if (cause !== undefined) {
			throw new InvalidInputError({
				field: `${OWNERS_COMMANDS}, ${LABELS[name]}`,
				cause: `${quoted(words[name])} ${cause}`,
				fix: 'Use another word or two, for example "take" or "pause all".',
			});
		}
		taken.add(plainOf(words[name]));
	}
	return names.every((name) => words[name] === USUAL_WORDS[name]) ? undefined : words;
}

function whyUnfit(word: string, taken: ReadonlySet<string>): string | undefined {
	if (word.length > LONGEST_WORD) return `is longer than ${LONGEST_WORD} characters`;
	if (!/^\p{L}/u.test(word)) return 'does not begin with a letter';
	if (consentWordOf(word, undefined, true)) return 'is a word of consent, as STOP and HELP are';
	if (taken.has(plainOf(word))) return 'stands for something else already';
	return undefined;
}
