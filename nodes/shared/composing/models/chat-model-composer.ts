import { z } from 'zod';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { reasonOf } from '../../messaging/reason-of';
import { errorText } from '../../messaging/text-bounds';
import { answerForm, type Composition, parseAnswer, type TokenUsage } from '../parse-answer';
import type { ModelBreaker } from '../model-breaker';
import type { ModelLimit } from '../model-limit';
import {
	ModelError,
	ModelNoAnswerError,
	ModelRefusedError,
	modelNotAsked,
	modelRefusal,
} from '../model-error';
import type {
	ActingRequest,
	Attachment,
	CompositionRequest,
	ReplyComposer,
	ToolCall,
	ToolRound,
} from '../reply-composer';
import { askingBesideWords, dataUrl, mayRefuseAttachments, messagesWith } from './attachments';
import { withinDeadline } from '../within-deadline';

/** What we ask of a chat model that another node supplies; every vendor's has it. */
export interface ChatModel {
	invoke(messages: ChatMessage[], options?: { signal?: AbortSignal }): Promise<unknown>;
	/** The same model, which may call the tools. Not every model has it. */
	bindTools?: (tools: unknown[]) => Pick<ChatModel, 'invoke'>;
	model?: unknown;
	modelName?: unknown;
}

/** In the form that LangChain makes its own messages of. */
type ChatMessage =
	| { role: 'system' | 'user' | 'assistant'; content: string }
	| { role: 'user'; content: ContentPart[] }
	| {
			role: 'assistant';
			content: string;
			tool_calls: Array<{ id: string; name: string; args: object; type: 'tool_call' }>;
	  }
	| { role: 'tool'; content: string; tool_call_id: string; name: string };

type ContentPart =
	| { type: 'text'; text: string }
	| { type: 'image_url'; image_url: { url: string } }
	| { type: 'audio'; source_type: 'base64'; mime_type: string; data: string };

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
	const ask = async (
		asked: Pick<ChatModel, 'invoke'>,
		messages: ChatMessage[],
		signal?: AbortSignal,
	) => {
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
				const answered = await asked.invoke(messages, { signal: within });
				call.answered();
				return answered;
			} catch (error) {
				const refusal = refusalOf(error);
				if (refusal.mayPass) call.failed();
				else call.answered();
				throw refusal;
			}
		});
		const { usage, model, ...said } = chatAnswerOf(answer);
		return { ...said, told: { usage, model: model ?? nameOf(chatModel) } };
	};

	const askWithAttachments = askingBesideWords((error) => {
		if (!(error instanceof ModelRefusedError) || error.code === 'creditUsedUp')
			return undefined;
		return mayRefuseAttachments(error.status, error.message) ? reasonOf(error) : undefined;
	});

	return {
		compose: async (request, signal) => {
			const { text, cutOff, told } = await askWithAttachments(
				request,
				async (given) => await ask(chatModel, plainMessages(given), signal),
			);
			return { ...parseAnswer(text, cutOff, request), ...told };
		},

		step: async (request, signal) => {
			const acting = withTools(chatModel, request);
			const { calls, text, cutOff, told } = await askWithAttachments(
				request,
				async (given) => await ask(acting, actingMessages(given), signal),
			);
			if (calls.length > 0) return { kind: 'toolCalls', calls, ...told };
			const composition: Composition = { ...parseAnswer(text, cutOff, request), ...told };
			return composition;
		},

		fill: async ({ instructions, messages }, signal) => {
			const asked: ChatMessage[] = [{ role: 'system', content: instructions }, ...messages];
			const { text, cutOff, told } = await ask(chatModel, asked, signal);
			return { text, cutOff, ...told };
		},
	};
}

/** Throws InvalidInputError for a model that knows no tools. */
function withTools(chatModel: ChatModel, { tools }: ActingRequest): Pick<ChatModel, 'invoke'> {
	if (typeof chatModel.bindTools === 'function') {
		return chatModel.bindTools(tools.map(({ native }) => native));
	}
	throw new InvalidInputError({
		field: 'Chat Model',
		cause: 'the connected model cannot call tools, and tools are connected',
		fix: 'Connect a model that can, or take the tools away.',
	});
}

function plainMessages(request: CompositionRequest): ChatMessage[] {
	const { instructions, messages, attachments, passTo, taskOn } = request;
	const { format } = answerForm({ passTo, taskOn });
	return [
		{ role: 'system', content: `${format}\n\n${instructions}` },
		...messagesWith(messages, attachments, contentPart),
	];
}

/** In the forms that the classes of most vendors read: for audio that is LangChain's own. */
function contentPart(attachment: Attachment): ContentPart {
	const { kind, contentType: mime_type, base64: data } = attachment;
	return kind === 'picture'
		? { type: 'image_url', image_url: { url: dataUrl(attachment) } }
		: { type: 'audio', source_type: 'base64', mime_type, data };
}

function actingMessages(request: ActingRequest): ChatMessage[] {
	const { instructions, messages, attachments, rounds, passTo, taskOn } = request;
	const { format } = answerForm({ acts: true, passTo, taskOn });
	return [
		{ role: 'system', content: `${format}\n\n${instructions}` },
		...messagesWith(messages, attachments, contentPart),
		...rounds.flatMap(roundMessages),
	];
}

function roundMessages(round: ToolRound): ChatMessage[] {
	return [
		{
			role: 'assistant',
			content: '',
			tool_calls: round.map(({ id, tool, arguments: args }) => ({
				id,
				name: tool,
				args: { ...args },
				type: 'tool_call',
			})),
		},
		...round.map(({ id, tool, answer }): ChatMessage => ({
			role: 'tool',
			content: answer,
			tool_call_id: id,
			name: tool,
		})),
	];
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
	/** What the model wants called before it answers. */
	calls: ToolCall[];
}

const callSchema = z.object({
	id: z.string().nullish(),
	name: z.string(),
	args: z.record(z.unknown()).optional().catch(undefined),
});

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
	tool_calls: z.array(callSchema).nullish().catch(null),
	/** Those whose arguments LangChain could not read. */
	invalid_tool_calls: z.array(callSchema).nullish().catch(null),
});

/** Vendors' words for "out of tokens". */
const CUT_OFF = /^(?:length|max_tokens|max_output_tokens|model_length)$/i;

/** A chat model's message, whichever vendor's. What is not there reads as empty. */
export function chatAnswerOf(message: unknown): ChatAnswer {
	const {
		content,
		usage_metadata: usage,
		response_metadata: metadata,
		tool_calls: valid,
		invalid_tool_calls: invalid,
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
		calls: [...(valid ?? []), ...(invalid ?? [])].map(({ id, name, args }, index) => ({
			id: id || `call_${index + 1}`,
			tool: name,
			arguments: args,
		})),
	};
}

/** Blocks that are not words (reasoning, tool use) are not for the contact. */
function textOf(part: z.infer<typeof block>): string {
	if (typeof part === 'string') return part;
	return part.type === 'text' ? (part.text ?? '') : '';
}
