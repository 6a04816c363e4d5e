import { countSegments } from './segments';

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
