import { LONGEST_TEXT } from '../messaging/text-bounds';
import { wordsIn } from './text-words';

/**
 * Whether words that a model quotes stand in one of these texts, one behind the other. Capitals,
 * accents, blanks and signs may differ; a model that invents or rewords them is not believed.
 */
export function isQuotedFrom(words: string, texts: readonly string[]): boolean {
	const quote = asLine(words);
	return quote !== '  ' && texts.some((text) => asLine(text).includes(quote));
}

function asLine(text: string): string {
	const words = text.length > LONGEST_TEXT ? [] : wordsIn(text);
	return ` ${words.map(({ word }) => word).join(' ')} `;
}
