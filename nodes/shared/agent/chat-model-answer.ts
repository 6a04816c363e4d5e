import { z } from 'zod';
import type { TokenUsage } from './composition';

export interface ChatAnswer {
	text: string;
	/** Whether the model ran out of output tokens. */
	cutOff: boolean;
	usage: TokenUsage | null;
	model: string | undefined;
}

const block = z.union([z.string(), z.object({ type: z.string(), text: z.string().optional() })]);

const answerSchema = z.object({
	content: z.union([z.string(), z.array(block)]).catch(''),
	usage_metadata: z
		.object({
			input_tokens: z.number(),
			output_tokens: z.number(),
			total_tokens: z.number(),
		})
		.nullish()
		.catch(null),
	response_metadata: z.record(z.unknown()).catch({}),
});

/** Vendors' words for "out of tokens". */
const CUT_OFF = /^(?:length|max_tokens|max_output_tokens|model_length)$/i;

/** A chat model's message, whichever vendor's. What is not there reads as empty. */
export function chatAnswerOf(message: unknown): ChatAnswer {
	const {
		content,
		usage_metadata: usage,
		response_metadata: metadata,
	} = answerSchema.parse(
		typeof message === 'object' && message !== null ? message : { content: message },
	);
	const said = (names: string[]) =>
		names.map((name) => metadata[name]).find((value) => typeof value === 'string');
	return {
		text: typeof content === 'string' ? content : content.map(textOf).join(''),
		cutOff: CUT_OFF.test(
			said(['finish_reason', 'stop_reason', 'finishReason', 'done_reason']) ?? '',
		),
		usage: usage
			? {
					promptTokens: usage.input_tokens,
					completionTokens: usage.output_tokens,
					totalTokens: usage.total_tokens,
				}
			: null,
		model: said(['model_name', 'model']),
	};
}

/** Blocks that are not words (reasoning, tool use) are not for the contact. */
function textOf(part: z.infer<typeof block>): string {
	if (typeof part === 'string') return part;
	return part.type === 'text' ? (part.text ?? '') : '';
}
