import { z } from 'zod';
import { errorText } from '../../messaging/text-bounds';
import { ANSWER_FORMAT, type Composition, parseAnswer, type TokenUsage } from '../parse-answer';
import type { ModelBreaker } from '../model-breaker';
import type { ModelLimit } from '../model-limit';
import { ModelError, ModelNoAnswerError, modelNotAsked, modelRefusal } from '../model-error';
import type { ReplyComposer } from '../reply-composer';
import { withinDeadline } from '../within-deadline';

/** What we ask of a chat model that another node supplies; every vendor's has it. */
export interface ChatModel {
	invoke(
		messages: Array<{ role: 'system' | 'user' | 'assistant'; content: string }>,
		options?: { signal?: AbortSignal },
	): Promise<unknown>;
	model?: unknown;
	modelName?: unknown;
}

/** As errors call it. */
const CONNECTED = 'The connected Chat Model';

/**
 * Composes with a connected chat model. Its own node decides temperature, tokens and retries; so what
 * it tries again counts as one call.
 */
export function chatModelComposer(
	chatModel: ChatModel,
	timeoutMs: number,
	{ breaker, limit }: { breaker: ModelBreaker; limit: ModelLimit },
): ReplyComposer {
	return {
		compose: async ({ instructions, messages }, signal) => {
			const answer = await withinDeadline(timeoutMs, signal, async (within) => {
				const call = breaker.begin();
				if (!call) throw modelNotAsked(CONNECTED);
				try {
					await limit.takeCall();
				} catch (error) {
					call.dropped();
					throw error;
				}
				// However the time runs out: not every model notices.
				within.addEventListener('abort', () => call.failed(), { once: true });
				try {
					const answered = await chatModel.invoke(
						[
							{ role: 'system', content: `${ANSWER_FORMAT}\n\n${instructions}` },
							...messages,
						],
						{ signal: within },
					);
					call.answered();
					return answered;
				} catch (error) {
					const refusal = refusalOf(error);
					if (refusal.mayPass) call.failed();
					else call.answered();
					throw refusal;
				}
			});
			const { text, cutOff, usage, model } = chatAnswerOf(answer);
			const composition: Composition = {
				...parseAnswer(text, cutOff),
				usage,
				model: model ?? nameOf(chatModel),
			};
			return composition;
		},
	};
}

function nameOf({ model, modelName }: ChatModel): string {
	return (
		([model, modelName].find((name) => typeof name === 'string' && name !== '') as string) ?? ''
	);
}

/** What the errors of those that could not be reached are called, and say. */
const NOT_REACHED =
	/APIConnection|APITimeout|TimeoutError|AbortError|ECONN[A-Z]+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|E(?:HOST|NET)UNREACH|socket hang up|fetch failed|[Cc]onnection error|[Tt]imed out|[Nn]etwork error/;
const OUT_OF_CREDIT = /insufficient.quota/i;

/** Vendors' errors carry the HTTP status under different names, and none where nothing answered. */
function refusalOf(error: unknown): ModelError {
	if (error instanceof ModelError) return error;
	const { status, httpCode, response, name, code, message } = (error ?? {}) as {
		status?: unknown;
		httpCode?: unknown;
		response?: { status?: unknown };
		name?: unknown;
		code?: unknown;
		message?: unknown;
	};
	const found = [status, httpCode, response?.status].map(Number).find((code) => code >= 300);
	const detail = typeof message === 'string' ? errorText(message) : '';
	const told = [name, code, httpCode, detail].filter((one) => typeof one === 'string').join(' ');
	if (found === undefined && NOT_REACHED.test(told)) {
		return new ModelNoAnswerError({
			code: 'noAnswer',
			message: `${CONNECTED} did not answer${detail === '' ? '' : `: ${detail}`}`,
			fix: 'Check the address in its own node and credential, and that this n8n can reach it.',
			cause: error,
		});
	}
	return modelRefusal({
		provider: CONNECTED,
		status: found,
		detail,
		providerCode: OUT_OF_CREDIT.test(told) ? 'insufficient_quota' : undefined,
		cause: error,
	});
}

interface ChatAnswer {
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
	const find = (names: string[]) =>
		names.map((name) => metadata[name]).find((value) => typeof value === 'string');
	return {
		text: typeof content === 'string' ? content : content.map(textOf).join(''),
		cutOff: CUT_OFF.test(
			find(['finish_reason', 'stop_reason', 'finishReason', 'done_reason']) ?? '',
		),
		usage: usage
			? {
					promptTokens: usage.input_tokens,
					completionTokens: usage.output_tokens,
					totalTokens: usage.total_tokens,
				}
			: null,
		model: find(['model_name', 'model']),
	};
}

/** Blocks that are not words (reasoning, tool use) are not for the contact. */
function textOf(part: z.infer<typeof block>): string {
	if (typeof part === 'string') return part;
	return part.type === 'text' ? (part.text ?? '') : '';
}
