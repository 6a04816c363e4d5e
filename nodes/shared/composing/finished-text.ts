import {
	countSegments,
	foldLookalikes,
	rewriteToGsm,
	shortenToSegments,
	type Encoding,
} from '../messaging/segments';
import { withoutTags } from './message-tags';

export interface TextRules {
	/** What the model is asked to keep to. */
	maxSegments: number;
	/** What to do with a text that is longer all the same. */
	whenLonger: 'send' | 'shorten' | 'needsHuman';
	/** Replace curly quotes, long dashes and the like where that saves segments. */
	rewriteToGsm: boolean;
}

export type FinishedText =
	| { kind: 'ready'; text: string; encoding: Encoding; numSegments: number }
	/** Not to be sent: a person has to look. */
	| { kind: 'unusable'; code: 'tooLong' | 'modelFailed'; reason: string };

/** Twilio takes no longer text, however many segments. */
const MAX_CHARACTERS = 1600;

/** Characters that fit `maxSegments` as long as the text stays within GSM-7. */
export function charactersIn(maxSegments: number): number {
	return maxSegments === 1 ? 160 : 153 * maxSegments;
}

/** The model's words made fit to be texted. */
export function finishText(body: string, rules: TextRules): FinishedText {
	const plain = withoutMarkdown(withoutTags(body.trim())).trim();
	let text = rules.rewriteToGsm ? rewriteToGsm(plain) : plain;
	const { numSegments: wanted } = countSegments(text);
	if (wanted > rules.maxSegments && rules.whenLonger === 'needsHuman') {
		return tooLong(`${wanted} segments; ${rules.maxSegments} are allowed`);
	}
	if (wanted > rules.maxSegments && rules.whenLonger === 'shorten') {
		// What is cut off may have been what kept the text from GSM-7.
		text = shortenToSegments(
			rules.rewriteToGsm ? foldLookalikes(plain) : plain,
			rules.maxSegments,
		);
	}
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

function tooLong(measure: string): FinishedText {
	return { kind: 'unusable', code: 'tooLong', reason: `The reply has ${measure}.` };
}

/** A phone shows markdown as asterisks. Models write it even when told not to. */
function withoutMarkdown(text: string): string {
	return text
		.replace(/^#{1,6}\s+/gm, '')
		.replace(/(\*\*|__)(\S(?:.*?\S)?)\1/g, '$2')
		.replace(/\[([^\]]+)\]\((https?:[^\s)]+)\)/g, (_, label: string, url: string) =>
			label === url ? url : `${label}: ${url}`,
		);
}
