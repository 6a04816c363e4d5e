import { NodeConnectionTypes, type IExecuteFunctions } from 'n8n-workflow';
import type { ChatModel } from '../../composing/models/chat-model-composer';
import { modelBreaker, type ModelBreaker } from '../../composing/model-breaker';
import type { ModelLimit } from '../../composing/model-limit';
import type { ReplyComposer } from '../../composing/reply-composer';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { systemClock } from '../host/system-clock';
import { modelBaseUrlOf, modelHttpOf } from './model-api';
import { MODEL_CREDENTIALS, MODEL_FROM, readModel } from './model-fields';

/**
 * The composer that the fields of `modelFields` and `modelOptions` describe. The SDK behind it is
 * loaded on first use, not when n8n starts. Throws InvalidInputError.
 *
 * @param limit how often it may ask; see model-limits.ts.
 */
export async function openComposer(
	context: IExecuteFunctions,
	itemIndex: number,
	limit: ModelLimit,
): Promise<ReplyComposer> {
	const choice = readModel(context, itemIndex);
	switch (choice.source) {
		case 'chatModel': {
			const chatModel = await connectedChatModel(context, itemIndex);
			const { chatModelComposer } =
				await import('../../composing/models/chat-model-composer.js');
			const breaker = breakerFor(context, 'chatModel');
			return chatModelComposer(chatModel, choice.timeoutMs, { breaker, limit });
		}
		case 'openAi':
		case 'openAiCompatible': {
			const credential = MODEL_CREDENTIALS[choice.source];
			const baseUrl = await modelBaseUrlOf(context, credential);
			const { openAiComposer } = await import('../../composing/models/openai-composer.js');
			const breaker = breakerFor(context, choice.model, baseUrl);
			const http = modelHttpOf(context, credential);
			return openAiComposer({ baseUrl, ...choice }, http, { breaker, limit });
		}
	}
}

/** What the node knows of how its model is doing. */
function breakerFor(context: IExecuteFunctions, ...model: string[]): ModelBreaker {
	const key = [context.getWorkflow().id, context.getNode().id, ...model];
	return modelBreaker(JSON.stringify(key), systemClock);
}

async function connectedChatModel(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<ChatModel> {
	const connected: unknown = await context.getInputConnectionData(
		NodeConnectionTypes.AiLanguageModel,
		itemIndex,
	);
	const model: unknown = Array.isArray(connected) ? connected[0] : connected;
	if (typeof (model as ChatModel | undefined)?.invoke === 'function') return model as ChatModel;
	throw new InvalidInputError({
		field: 'Chat Model',
		cause: 'no Chat Model is connected to this node',
		fix: `Connect a Chat Model node below this one, or set ${MODEL_FROM} to OpenAI or Similar.`,
	});
}
