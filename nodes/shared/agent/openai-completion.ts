import { z } from 'zod';
import type { Composition } from './composition';
import { MalformedCompositionError } from './model-error';
import { parseAnswer } from './parse-answer';

const completionSchema = z.object({
	model: z.string().catch(''),
	choices: z
		.array(
			z.object({
				finish_reason: z.string().nullish(),
				message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
			}),
		)
		.nonempty(),
	usage: z
		.object({
			prompt_tokens: z.number(),
			completion_tokens: z.number(),
			total_tokens: z.number(),
		})
		.nullish()
		.catch(null),
});

/**
 * What a chat completion decided, read from whatever a server calls one.
 * Throws MalformedCompositionError.
 */
export function compositionOf(completion: unknown): Composition {
	const parsed = completionSchema.safeParse(completion);
	if (!parsed.success) {
		throw new MalformedCompositionError('The answer is not a chat completion', {
			cause: parsed.error,
			fix: 'Check that the Base URL in the model credential is the API of an OpenAI-compatible provider (often ending in /v1).',
		});
	}
	const { model, usage, choices } = parsed.data;
	const { finish_reason: finishReason, message } = choices[0];
	const told = {
		model,
		usage: usage
			? {
					promptTokens: usage.prompt_tokens,
					completionTokens: usage.completion_tokens,
					totalTokens: usage.total_tokens,
				}
			: null,
	};
	if (message.refusal) {
		return { kind: 'needsHuman', reason: `The model refused: ${message.refusal}`, ...told };
	}
	if (finishReason === 'content_filter') {
		return {
			kind: 'needsHuman',
			reason: "The model provider's content filter stopped the answer.",
			...told,
		};
	}
	return { ...parseAnswer(message.content ?? '', finishReason === 'length'), ...told };
}
