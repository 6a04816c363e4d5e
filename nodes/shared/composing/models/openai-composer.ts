import OpenAI from 'openai';
import { z } from 'zod';
import type { HttpClient } from '../../http/http-client';
import { withoutSecrets } from '../../messaging/reason-of';
import { processWide } from '../../process/process-wide';
import { ANSWER_FORMAT, ANSWER_SCHEMA, type Composition, parseAnswer } from '../parse-answer';
import {
	MalformedCompositionError,
	ModelError,
	modelNoAnswer,
	modelNotAsked,
	modelRefusal,
} from '../model-error';
import type { ModelBreaker } from '../model-breaker';
import type { ModelLimit } from '../model-limit';
import type { CompositionRequest, ReplyComposer } from '../reply-composer';
import { withinDeadline } from '../within-deadline';
import { httpFetch, isNotAsked, whileAllowed, type NotAsked } from './sdk-fetch';

export interface OpenAiModel {
	/** Where the API begins: https://api.openai.com/v1 */
	baseUrl: string;
	model: string;
	/** Whether the builder left the choice to us. */
	isUsual?: boolean;
	temperature?: number;
	maxOutputTokens?: number;
	/** Until the composition is given up, retries included. */
	timeoutMs: number;
}

/** Composing changes nothing anywhere, so a rate limit, a 5xx or a broken connection is tried again. */
const MAX_RETRIES = 2;

type Parameters = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;

/**
 * Composes through any server that speaks OpenAI's Chat Completions. `http` adds the API key;
 * `breaker` and `limit` are asked before each call, those that are tried again included; what the
 * limit rejects with, composing rejects with.
 */
export function openAiComposer(
	options: OpenAiModel,
	http: HttpClient,
	asking: { breaker: ModelBreaker; limit: ModelLimit },
): ReplyComposer {
	const { baseUrl, timeoutMs } = options;
	const notAsked: NotAsked = {};
	const client = new OpenAI({
		baseURL: baseUrl,
		fetch: whileAllowed(asking, httpFetch(http, timeoutMs), notAsked),
		timeout: timeoutMs,
		maxRetries: MAX_RETRIES,
		// Never sent: `http` adds the credential's key. Without one the SDK refuses to start.
		apiKey: 'added-by-n8n',
		logLevel: 'off',
	});

	const ask = async (request: CompositionRequest, format: boolean, signal: AbortSignal) =>
		await client.chat.completions.create(parametersOf(options, request, format), { signal });

	return {
		compose: async (request, signal) =>
			await withinDeadline(timeoutMs, signal, async (within): Promise<Composition> => {
				const key = `${baseUrl} ${options.model}`;
				try {
					if (refusedFormats.has(key))
						return compositionOf(await ask(request, false, within));
					try {
						return compositionOf(await ask(request, true, within));
					} catch (error) {
						if (!mayRefuseTheFormat(error)) throw error;
						const completion = await ask(request, false, within);
						refusedFormats.add(key);
						return compositionOf(completion);
					}
				} catch (error) {
					if (isContentFilter(error)) {
						return {
							kind: 'needsHuman',
							reason: "The model provider's content filter refused the conversation.",
							usage: null,
							model: options.model,
						};
					}
					throw modelErrorOf(error, options, notAsked);
				}
			}),
	};
}

function parametersOf(
	{ baseUrl, model, temperature, maxOutputTokens }: OpenAiModel,
	{ instructions, messages }: CompositionRequest,
	format: boolean,
): Parameters {
	return {
		model,
		messages: [{ role: 'system', content: `${ANSWER_FORMAT}\n\n${instructions}` }, ...messages],
		...(temperature === undefined ? {} : { temperature }),
		...(maxOutputTokens === undefined ? {} : outputLimit(baseUrl, maxOutputTokens)),
		...(format
			? {
					response_format: {
						type: 'json_schema',
						json_schema: {
							name: 'sms_answer',
							strict: true,
							schema: { ...ANSWER_SCHEMA },
						},
					},
				}
			: {}),
	};
}

/** OpenAI's newer models refuse the old name; most other servers know only that one. */
function outputLimit(baseUrl: string, tokens: number) {
	return new URL(baseUrl).hostname.endsWith('openai.com')
		? { max_completion_tokens: tokens }
		: { max_tokens: tokens };
}

/** Servers differ in how they say that they do not know `response_format`; they agree on the status. */
function mayRefuseTheFormat(error: unknown): boolean {
	if (!(error instanceof OpenAI.APIError) || isContentFilter(error)) return false;
	return (
		(error.status === 400 || error.status === 422) && error.code !== 'context_length_exceeded'
	);
}

function isContentFilter(error: unknown): boolean {
	return error instanceof OpenAI.APIError && error.code === 'content_filter';
}

function modelErrorOf(
	error: unknown,
	{ baseUrl, model, isUsual }: OpenAiModel,
	{ because }: NotAsked,
): unknown {
	const provider = new URL(baseUrl).host;
	if (error instanceof ModelError || error instanceof OpenAI.APIUserAbortError) return error;
	if (error instanceof OpenAI.APIError && isNotAsked(error.headers)) {
		return because ?? modelNotAsked(provider);
	}
	if (error instanceof OpenAI.APIConnectionError) {
		return modelNoAnswer(provider, error.cause);
	}
	if (error instanceof OpenAI.APIError) {
		// The class's type parameter is `any` behind instanceof.
		const { status } = error as { status: number | undefined };
		return modelRefusal({
			provider,
			status,
			detail: error.message.replace(/^\d{3} /, ''),
			providerCode: error.code,
			...(isUsual ? { usualModel: model } : {}),
			cause: error,
		});
	}
	return new MalformedCompositionError(`${provider} answered with something that is not JSON`, {
		cause: error,
		fix: CHECK_BASE_URL,
	});
}

const CHECK_BASE_URL =
	'Check that the Base URL in the model credential is the API of an OpenAI-compatible provider (often ending in /v1).';

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
function compositionOf(completion: unknown): Composition {
	const parsed = completionSchema.safeParse(completion);
	if (!parsed.success) {
		throw new MalformedCompositionError('The answer is not a chat completion', {
			cause: parsed.error,
			fix: CHECK_BASE_URL,
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
		return {
			kind: 'needsHuman',
			reason: `The model refused: ${withoutSecrets(message.refusal)}`,
			...told,
		};
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

/** Models, by base URL, that refused a response format once; the process need not ask them again. */
export const refusedFormats = processWide('refused-formats', 1, () => new Set<string>());
