import { ANSWER_FORMAT } from './answer-format';
import type { Composition } from './composition';
import { chatAnswerOf } from './chat-model-answer';
import { ModelError } from './model-error';
import { modelRefusal } from './model-refusal';
import { parseAnswer } from './parse-answer';
import type { ReplyComposer } from './reply-composer';
import { withinDeadline } from './within-deadline';

/** What we ask of a chat model that another node supplies; every vendor's has it. */
export interface ChatModel {
	invoke(
		messages: Array<{ role: 'system' | 'user' | 'assistant'; content: string }>,
		options?: { signal?: AbortSignal },
	): Promise<unknown>;
	model?: unknown;
	modelName?: unknown;
}

/** Composes with a connected chat model. Its own node decides temperature, tokens and retries. */
export function chatModelComposer(chatModel: ChatModel, timeoutMs: number): ReplyComposer {
	return {
		compose: async ({ instructions, messages }, signal) => {
			const answer = await withinDeadline(timeoutMs, signal, async (within) => {
				try {
					return await chatModel.invoke(
						[
							{ role: 'system', content: `${ANSWER_FORMAT}\n\n${instructions}` },
							...messages,
						],
						{ signal: within },
					);
				} catch (error) {
					throw refusalOf(error);
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

/** Vendors' errors carry the HTTP status under different names. */
function refusalOf(error: unknown): ModelError {
	if (error instanceof ModelError) return error;
	const { status, httpCode, response, message } = (error ?? {}) as {
		status?: unknown;
		httpCode?: unknown;
		response?: { status?: unknown };
		message?: unknown;
	};
	const found = [status, httpCode, response?.status].map(Number).find((code) => code >= 300);
	return modelRefusal({
		provider: 'The connected Chat Model',
		status: found,
		detail: typeof message === 'string' ? message : '',
		cause: error,
	});
}
