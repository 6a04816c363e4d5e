import { z } from 'zod';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { asConversation } from './history';
import type { ModelMessage } from './reply-composer';

const FIELD = 'Messages';

const SPEAKERS: Readonly<Record<string, ModelMessage['role']>> = {
	user: 'user',
	contact: 'user',
	inbound: 'user',
	assistant: 'assistant',
	agent: 'assistant',
	operator: 'assistant',
	outbound: 'assistant',
};

const entry = z
	.object({
		role: z.string().optional(),
		direction: z.string().optional(),
		content: z.string().optional(),
		body: z.string().optional(),
	})
	.transform(({ role, direction, content, body }, context): ModelMessage => {
		const speaker = SPEAKERS[(role ?? direction ?? '').toLowerCase()];
		const words = (content ?? body ?? '').trim();
		if (speaker && words !== '') return { role: speaker, content: words };
		const message = speaker
			? 'has no "content" (or "body")'
			: 'needs a "role" (user or assistant) or a "direction" (inbound or outbound)';
		context.addIssue({ code: z.ZodIssueCode.custom, message });
		return z.NEVER;
	});

/**
 * A conversation that the builder supplies, oldest first: a list, or its JSON, of
 * `{ role, content }` or `{ direction, body }`. Throws InvalidInputError naming the entry.
 */
export function inlineHistory(input: unknown): ModelMessage[] {
	const list = z.array(entry).safeParse(typeof input === 'string' ? parsed(input) : input);
	if (list.success) return asConversation(list.data);
	const [issue] = list.error.issues;
	const [index] = issue?.path ?? [];
	throw new InvalidInputError({
		field: FIELD,
		cause:
			index === undefined
				? 'it is not a list'
				: `entry ${Number(index) + 1} ${issue?.message ?? ''}`,
		fix: 'Give a list like [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}], oldest first.',
	});
}

function parsed(text: string): unknown {
	if (text.trim() === '') return [];
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new InvalidInputError({
			field: FIELD,
			cause: `it is not valid JSON (${why})`,
			fix: 'Give a list in square brackets, with double quotes around names and texts.',
		});
	}
}
