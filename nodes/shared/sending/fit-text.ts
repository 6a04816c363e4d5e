import { finishText } from '../composing/finished-text';
import { InvalidInputError } from '../messaging/invalid-input-error';
import type { OutboundDraft } from './outbound-draft';
import { NotWrittenError } from './send-errors';

export interface TextLimits {
	/** Replace curly quotes, long dashes and the like where that saves segments. */
	rewriteToGsm: boolean;
	/** Undefined: as many as Twilio takes. */
	maxSegments?: number | undefined;
	whenLonger: 'shorten' | 'refuse';
}

/**
 * The text as it can be sent; empty stays empty, for a text of media alone. Throws
 * InvalidInputError naming `field` where it is too long, NotWrittenError where a model's words held
 * nothing to send.
 */
export function fitText(
	words: string,
	{ whenLonger, ...limits }: TextLimits,
	author: OutboundDraft['author'],
	field: string,
): string {
	if (words.trim() === '') return '';
	const longer = whenLonger === 'refuse' ? 'needsHuman' : whenLonger;
	const finished = finishText(words, { ...limits, whenLonger: longer }, author);
	if (finished.kind === 'ready') return finished.text;
	if (finished.code === 'modelFailed') throw new NotWrittenError(finished.reason);
	throw new InvalidInputError({
		field,
		cause: `the text has ${finished.measure}`,
		fix: 'Shorten the text, raise Maximum Segments, or let longer texts be shortened.',
	});
}
