import { z } from 'zod';
import { MalformedCompositionError } from './model-error';

/** What the model decided, whoever carried the question. */
export type Decision =
	| { kind: 'reply'; text: string }
	| { kind: 'needsHuman'; reason: string }
	| { kind: 'noReply'; reason: string };

const answerSchema = z.object({
	kind: z.enum(['reply', 'needsHuman', 'noReply']),
	reply: z.string().nullish(),
	reason: z.string().nullish(),
});

const NO_REASON = 'The model gave no reason.';

/**
 * Reads a model's answer: the agreed JSON or, from a model without structured output, the plain
 * words of the reply. Half-broken JSON is never taken for words: a contact must not see it.
 *
 * @param cutOff whether the model stopped because it ran out of tokens.
 * Throws MalformedCompositionError.
 */
export function parseAnswer(answer: string, cutOff: boolean): Decision {
	const text = withoutReasoning(answer).trim();
	if (text === '') throw new MalformedCompositionError('The model answered with no words');
	if (looksStructured(text)) return structuredDecision(text);
	if (cutOff && !endsSentence(text)) {
		throw new MalformedCompositionError('The answer was cut off in the middle of a sentence');
	}
	return { kind: 'reply', text: unquoted(text) };
}

/** Reasoning models on local servers think aloud before they answer. */
function withoutReasoning(answer: string): string {
	const spoken = answer.replace(/^\s*<think(?:ing)?>[\s\S]*?<\/think(?:ing)?>/i, '');
	if (/<\/?think(?:ing)?>/i.test(spoken)) {
		throw new MalformedCompositionError('The model was cut off while it was still reasoning');
	}
	return spoken;
}

function looksStructured(text: string): boolean {
	return /^(?:\{|\[\s*[{"])|```|"(?:kind|reply|reason)"\s*:/.test(text);
}

function structuredDecision(text: string): Decision {
	const parsed = answerSchema.safeParse(jsonIn(text));
	if (!parsed.success) {
		throw new MalformedCompositionError('The answer is not of the agreed form', {
			cause: parsed.error,
		});
	}
	const { kind, reply, reason } = parsed.data;
	switch (kind) {
		case 'needsHuman':
		case 'noReply':
			return { kind, reason: reason?.trim() || NO_REASON };
		case 'reply': {
			const words = reply?.trim() ?? '';
			if (words === '' || looksStructured(words)) {
				throw new MalformedCompositionError('The answer holds no words for the contact');
			}
			return { kind, text: words };
		}
	}
}

/** The one JSON object of the text; some models wrap it in a code fence or a sentence. */
function jsonIn(text: string): unknown {
	const object = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
	try {
		return JSON.parse(object);
	} catch (cause) {
		throw new MalformedCompositionError('The answer is broken JSON', { cause });
	}
}

function endsSentence(text: string): boolean {
	return /[.!?…。！？]["'”’)]*$/u.test(text);
}

function unquoted(text: string): string {
	return /^"([^"]+)"$/.exec(text)?.[1] ?? text;
}
