import { InvalidInputError } from './invalid-input-error';

/**
 * How much of a text is worked on. A contact and a model decide how long a text is, and n8n does
 * nothing else while it is read: so each is bounded before anything looks for a pattern in it.
 */

/** Characters. Twilio takes no longer text, however many segments. */
export const MAX_CHARACTERS = 1600;
/** Characters that are worked on: before links and marks are cut out, a text may be longer. */
export const LONGEST_TEXT = 5_000;
/** Characters of a model's answer, its reasoning included. */
export const LONGEST_ANSWER = 200_000;
/** Characters of an SMS prompt or an instruction. */
export const LONGEST_PROMPT = 200_000;
/** Characters of one text or fact that a model is shown. */
export const LONGEST_SHOWN = 20_000;
/** Characters that a list of numbers or addresses may have. */
export const LONGEST_LIST = 50_000;
/** Characters of an error of somebody else's, such as a server's. */
const LONGEST_ERROR = 2_000;
/** Bytes that are read of a refusal, and characters of it that are searched for secrets. */
export const LONGEST_REFUSAL = 65_536;
/** Characters of what was typed that an error repeats. */
const LONGEST_QUOTE = 100;

/** The first characters of a text, all where there are no more; never half of one. */
export function beginningOf(text: string, most: number = LONGEST_TEXT): string {
	if (text.length <= most) return text;
	const last = text.charCodeAt(most - 1);
	const isHalf = last >= 0xd800 && last <= 0xdbff;
	return text.slice(0, isHalf ? most - 1 : most);
}

/** As much of an error's words as tells what went wrong. */
export function errorText(text: string): string {
	return beginningOf(text, LONGEST_ERROR);
}

/** What was typed, as an error shows it. */
export function quoted(text: string): string {
	return text.length <= LONGEST_QUOTE ? `"${text}"` : `"${beginningOf(text, LONGEST_QUOTE)}..."`;
}

/** Throws InvalidInputError where what was typed into a field is longer than anything it could hold. */
export function assertBounded(text: string, field: string, most: number = LONGEST_LIST): void {
	if (text.length <= most) return;
	throw new InvalidInputError({
		field,
		cause: `it has ${text.length} characters, and ${most} are the most that are read`,
		fix: 'Look at the expression that fills this field: it gives a whole text or a file.',
	});
}
