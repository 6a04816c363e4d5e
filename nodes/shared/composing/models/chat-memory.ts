import { z } from 'zod';
import { causeOf, reasonOf } from '../../messaging/reason-of';
import { beginningOf } from '../../messaging/text-bounds';
import { chatAnswerOf } from './chat-model-composer';
import { MemoryError, type ConversationMemory } from '../conversation-memory';
import type { ModelMessage } from '../reply-composer';
import { withinDeadline } from '../within-deadline';

/** What we ask of a memory that another node supplies; every one of n8n's has it. */
export interface ChatMemory {
	loadMemoryVariables(values: object): Promise<unknown>;
	saveContext(input: { input: string }, output: { output: string }): Promise<unknown>;
}

/** A memory whose server is gone may try to reach it for ever. */
const ANSWERS_WITHIN_MS = 20_000;
const LONGEST_DETAIL = 300;

/** Reads and writes a connected memory. Its own node decides the session and how much it gives. */
export function chatMemory(
	memory: ChatMemory,
	timeoutMs: number = ANSWERS_WITHIN_MS,
): ConversationMemory {
	const ask = async <T>(
		failed: string,
		signal: AbortSignal | undefined,
		work: () => Promise<T>,
	): Promise<T> =>
		await withinDeadline(
			timeoutMs,
			signal,
			async () => {
				try {
					return await work();
				} catch (error) {
					throw new MemoryError(failed, why(error), { cause: causeOf(error) });
				}
			},
			(cause) =>
				new MemoryError(failed, `no answer came within ${timeoutMs / 1000} seconds`, {
					cause,
				}),
		);

	return {
		load: async (signal) => {
			const found = await ask('could not be read', signal, async () =>
				memory.loadMemoryVariables({}),
			);
			const loaded = variables.safeParse(found);
			if (loaded.success) return loaded.data.chat_history.flatMap(messagesIn);
			throw new MemoryError('could not be read', 'it does not give a list of messages');
		},
		save: async (input, output, signal) => {
			await ask('could not keep this exchange', signal, async () =>
				memory.saveContext({ input }, { output }),
			);
		},
	};
}

const variables = z.object({ chat_history: z.array(z.unknown()) });

const SPEAKERS: Readonly<Record<string, ModelMessage['role']>> = { human: 'user', ai: 'assistant' };

/** Nothing for what neither side said: instructions, calls of tools and what they gave. */
function messagesIn(message: unknown): ModelMessage[] {
	const role = SPEAKERS[kindOf(message)];
	const content = chatAnswerOf(message).text.trim();
	return role === undefined || content === '' ? [] : [{ role, content }];
}

/** Older messages have a method in place of the property, under another name still. */
function kindOf(message: unknown): string {
	const { type, getType, _getType } = (message ?? {}) as Record<string, unknown>;
	if (typeof type === 'string') return type;
	const ask = [getType, _getType].find((method) => typeof method === 'function');
	return ask ? String((ask as () => unknown).call(message)) : '';
}

function why(error: unknown): string {
	const reason = error instanceof Error ? reasonOf(error).trim() : '';
	return reason === '' ? 'it does not say why' : beginningOf(reason, LONGEST_DETAIL);
}
