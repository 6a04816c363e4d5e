import { InvalidInputError } from './invalid-input-error';
import { countSegments, rewriteToGsm, shortenToSegments } from './segments';

export interface TextLimits {
	/** Replace curly quotes, long dashes and the like where that saves segments. */
	rewriteToGsm: boolean;
	/** Undefined: as many as Twilio takes. */
	maxSegments?: number | undefined;
	whenLonger: 'shorten' | 'refuse';
}

/** Twilio takes no longer text, however many segments. */
export const MAX_CHARACTERS = 1600;

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
