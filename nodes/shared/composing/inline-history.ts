import { z } from 'zod';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { assertBounded } from '../messaging/text-bounds';
import { asConversation } from './history';
import { outsideWords } from './outside-words';
import type { ModelMessage } from './reply-composer';

/** Characters; a call of hours has fewer. */
const LONGEST_JSON = 500_000;

const SPEAKERS: Readonly<Record<string, ModelMessage['role']>> = {
	user: 'user',
	contact: 'user',
	inbound: 'user',
	assistant: 'assistant',
	agent: 'assistant',
	operator: 'assistant',
	outbound: 'assistant',
};

/** What transcripts of calls hold beside what the two sides said. */
const NOT_SPOKEN = new Set([
	...['system', 'developer', 'tool', 'tools', 'function', 'tool_calls', 'tool_call_invocation'],
	...['tool_call_result', 'dtmf', 'node_transition', 'transfer_target'],
]);

const entry = z
	.object({
		role: z.string().optional(),
		direction: z.string().optional(),
		content: z.string().nullish(),
		body: z.string().nullish(),
	})
	.transform(({ role, direction, content, body }, context): ModelMessage[] => {
		const side = (role ?? direction ?? '').toLowerCase();
		const speaker = SPEAKERS[side];
		const text = outsideWords(content ?? body ?? '').trim();
		if (speaker) return text === '' ? [] : [{ role: speaker, content: text }];
		if (NOT_SPOKEN.has(side)) return [];
		const message = 'needs a "role" (user or assistant) or a "direction" (inbound or outbound)';
		context.addIssue({ code: z.ZodIssueCode.custom, message });
		return z.NEVER;
	});

/**
 * A conversation that the builder supplies, oldest first: a list, or its JSON, of
 * `{ role, content }` or `{ direction, body }`. What nobody said, such as the calls of tools in a
 * transcript, is passed over. Throws InvalidInputError naming `field` and the entry.
 */
export function inlineHistory(input: unknown, field: string): ModelMessage[] {
	const list = z
		.array(entry)
		.safeParse(typeof input === 'string' ? parseJson(input, field) : input);
	if (list.success) return asConversation(list.data.flat());
	const [issue] = list.error.issues;
	const [index] = issue?.path ?? [];
	throw new InvalidInputError({
		field,
		cause:
			index === undefined
				? 'it is not a list'
				: `entry ${Number(index) + 1} ${issue?.message ?? ''}`,
		fix: 'Give a list like [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}], oldest first.',
	});
}

function parseJson(text: string, field: string): unknown {
	assertBounded(text, field, LONGEST_JSON);
	if (text.trim() === '') return [];
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new InvalidInputError({
			field,
			cause: `it is not valid JSON (${why})`,
			fix: 'Give a list in square brackets, with double quotes around names and texts.',
		});
	}
}
