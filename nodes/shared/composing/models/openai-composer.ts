import OpenAI from 'openai';
import { z } from 'zod';
import type { HttpClient } from '../../http/http-client';
import { reasonOf, withoutSecrets } from '../../messaging/reason-of';
import { LONGEST_ANSWER } from '../../messaging/text-bounds';
import { processWide } from '../../process/process-wide';
import {
	answerForm,
	type AskedForm,
	type Composition,
	parseAnswer,
	type Told,
} from '../parse-answer';
import {
	MalformedCompositionError,
	ModelError,
	modelNoAnswer,
	modelNotAsked,
	modelRefusal,
} from '../model-error';
import type { ModelBreaker } from '../model-breaker';
import type { ModelLimit } from '../model-limit';
import { askingBesideWords, dataUrl, mayRefuseAttachments, messagesWith } from './attachments';
import type {
	ActingRequest,
	Attachment,
	CompositionRequest,
	FormAnswer,
	FormRequest,
	OfferedTool,
	ReplyComposer,
	ToolCall,
	ToolCalls,
	ToolRound,
} from '../reply-composer';
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

	const ask = async (request: Asked, format: boolean, signal: AbortSignal) =>
		await client.chat.completions.create(parametersOf(options, request, format), { signal });

	/** In the form that was agreed on, where the server knows it. */
	const askInForm = async (request: Asked, within: AbortSignal): Promise<unknown> => {
		// A server may take a response format, and refuse it beside tools.
		const key = `${baseUrl} ${options.model}${request.tools ? ' with tools' : ''}${request.form ? ' for a form' : ''}`;
		if (refusedFormats.has(key)) return await ask(request, false, within);
		try {
			return await ask(request, true, within);
		} catch (error) {
			if (!mayRefuseTheFormat(error)) throw error;
			const completion = await ask(request, false, within);
			refusedFormats.add(key);
			return completion;
		}
	};

	const askWithAttachments = askingBesideWords((error) =>
		refusesAttachments(error) ? reasonOf(modelErrorOf(error, options, notAsked)) : undefined,
	);

	/** `read` makes an answer of what the server gave; what it throws is no refusal of the format. */
	const answerTo = async <Answer>(
		request: Asked,
		readAs: (completion: unknown, asked: AskedForm) => Answer,
		signal?: AbortSignal,
	) =>
		await withinDeadline(timeoutMs, signal, async (within): Promise<Answer | Composition> => {
			const read = (completion: unknown) => readAs(completion, request);
			try {
				return read(
					await askWithAttachments(
						request,
						async (given) => await askInForm(given, within),
					),
				);
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
		});

	return {
		compose: async (request, signal) => await answerTo(request, compositionOf, signal),
		step: async (request, signal) => await answerTo(request, stepOf, signal),
		fill: async (request, signal) => {
			const answer = await answerTo(request, formAnswerOf, signal);
			if ('text' in answer && 'cutOff' in answer) return answer;
			throw new MalformedCompositionError(
				"The model provider's content filter refused the conversation",
			);
		},
	};
}

/** With tools or without, or with a form. */
type Asked = CompositionRequest &
	Partial<Pick<ActingRequest, 'tools' | 'rounds'> & Pick<FormRequest, 'form'>>;

function parametersOf(
	{ baseUrl, model, temperature, maxOutputTokens }: OpenAiModel,
	{ instructions, messages, attachments, tools, rounds = [], passTo, taskOn, form }: Asked,
	format: boolean,
): Parameters {
	const answer = answerForm({
		acts: tools !== undefined,
		passTo,
		taskOn,
	});
	const schema = form?.schema ?? answer.schema;
	const system = form ? instructions : `${answer.format}\n\n${instructions}`;
	return {
		model,
		messages: [
			{ role: 'system', content: system },
			...messagesWith(messages, attachments, contentPart),
			...rounds.flatMap(roundMessages),
		],
		...(tools ? { tools: tools.map(toolParameter) } : {}),
		...(temperature === undefined ? {} : { temperature }),
		...(maxOutputTokens === undefined ? {} : outputLimit(baseUrl, maxOutputTokens)),
		...(format
			? {
					response_format: {
						type: 'json_schema',
						json_schema: {
							name: form?.name ?? 'sms_answer',
							strict: true,
							schema: { ...schema },
						},
					},
				}
			: {}),
	};
}

function contentPart(attachment: Attachment): OpenAI.Chat.ChatCompletionContentPart {
	if (attachment.kind === 'picture') {
		return { type: 'image_url', image_url: { url: dataUrl(attachment) } };
	}
	const format = attachment.contentType === 'audio/wav' ? 'wav' : 'mp3';
	return { type: 'input_audio', input_audio: { data: attachment.base64, format } };
}

function toolParameter({ name, description, parameters }: OfferedTool) {
	return {
		type: 'function' as const,
		function: { name, description, parameters: { ...parameters } },
	};
}

function roundMessages(round: ToolRound): OpenAI.Chat.ChatCompletionMessageParam[] {
	return [
		{
			role: 'assistant',
			content: null,
			tool_calls: round.map(({ id, tool, arguments: args }) => ({
				id,
				type: 'function',
				function: { name: tool, arguments: JSON.stringify(args ?? {}) },
			})),
		},
		...round.map(({ id, answer }) => ({
			role: 'tool' as const,
			tool_call_id: id,
			content: answer,
		})),
	];
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

function refusesAttachments(error: unknown): boolean {
	if (!(error instanceof OpenAI.APIError) || isContentFilter(error)) return false;
	const { status } = error as { status: number | undefined };
	return status !== undefined && mayRefuseAttachments(status, error.message);
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

const toolCallSchema = z.object({
	id: z.string().catch(''),
	function: z.object({ name: z.string(), arguments: z.unknown() }),
});

const completionSchema = z.object({
	model: z.string().catch(''),
	choices: z
		.array(
			z.object({
				finish_reason: z.string().nullish(),
				message: z.object({
					content: z.string().nullish(),
					refusal: z.string().nullish(),
					tool_calls: z.array(toolCallSchema).nullish().catch(null),
				}),
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
function compositionOf(completion: unknown, asked: AskedForm): Composition {
	return decidedBy(readCompletion(completion), asked);
}

/** As `compositionOf`, for a form: what stands in it is read by whoever asked. */
function formAnswerOf(completion: unknown): FormAnswer {
	const { message, finishReason, told } = readCompletion(completion);
	return { text: message.content ?? '', cutOff: finishReason === 'length', ...told };
}

/** As `compositionOf`, for a model that was offered tools. */
function stepOf(completion: unknown, asked: AskedForm): Composition | ToolCalls {
	const read = readCompletion(completion);
	const wanted = read.message.tool_calls ?? [];
	if (wanted.length === 0) return decidedBy(read, asked);
	const calls = wanted.map((call, index): ToolCall => ({
		// Some servers leave it out.
		id: call.id || `call_${index + 1}`,
		tool: call.function.name,
		arguments: argumentsIn(call.function.arguments),
	}));
	return { kind: 'toolCalls', calls, ...read.told };
}

/** Most servers give JSON; some the object itself, and nothing where there are none. */
function argumentsIn(given: unknown): ToolCall['arguments'] {
	if (given === undefined || given === null || given === '') return {};
	const parsed = typeof given === 'string' ? jsonOf(given) : given;
	const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
	return isObject ? (parsed as Record<string, unknown>) : undefined;
}

function jsonOf(text: string): unknown {
	try {
		return text.length > LONGEST_ANSWER ? undefined : (JSON.parse(text) as unknown);
	} catch {
		return undefined;
	}
}

interface ReadCompletion {
	message: z.infer<typeof completionSchema>['choices'][number]['message'];
	finishReason: string | null | undefined;
	told: Told;
}

function readCompletion(completion: unknown): ReadCompletion {
	const parsed = completionSchema.safeParse(completion);
	if (!parsed.success) {
		throw new MalformedCompositionError('The answer is not a chat completion', {
			cause: parsed.error,
			fix: CHECK_BASE_URL,
		});
	}
	const { model, usage, choices } = parsed.data;
	const { finish_reason: finishReason, message } = choices[0];
	const told: Told = {
		model,
		usage: usage
			? {
					promptTokens: usage.prompt_tokens,
					completionTokens: usage.completion_tokens,
					totalTokens: usage.total_tokens,
				}
			: null,
	};
	return { message, finishReason, told };
}

function decidedBy({ message, finishReason, told }: ReadCompletion, asked: AskedForm): Composition {
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
	return { ...parseAnswer(message.content ?? '', finishReason === 'length', asked), ...told };
}

/** Models, by base URL, that refused a response format once; the process need not ask them again. */
export const refusedFormats = processWide('refused-formats', 1, () => new Set<string>());
