import { NodeConnectionTypes, type IExecuteFunctions } from 'n8n-workflow';
import type { ChatModel } from '../../composing/models/chat-model-composer';
import type { ReplyComposer } from '../../composing/reply-composer';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { modelBaseUrlOf, modelHttpOf } from './model-api';
import { DEFAULT_MODEL_TIMEOUT } from './model-fields';

/** What the "Options" collection of a node may hold of `modelOptions`. */
interface ModelOptions {
	temperature?: number;
	maxOutputTokens?: number;
	modelTimeout?: number;
}

/** Milliseconds that the model may take, by the node's options. */
function modelTimeoutMs(context: IExecuteFunctions, itemIndex: number): number {
	const { modelTimeout } = context.getNodeParameter('options', itemIndex, {}) as ModelOptions;
	return (modelTimeout ?? DEFAULT_MODEL_TIMEOUT) * 1000;
}

/**
 * The composer that the fields of `modelFields` and `modelOptions` describe. The SDK behind it is
 * loaded on first use, not when n8n starts. Throws InvalidInputError.
 */
export async function openComposer(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<ReplyComposer> {
	const timeoutMs = modelTimeoutMs(context, itemIndex);
	const source = context.getNodeParameter('modelSource', itemIndex) as
		'openAiCompatible' | 'chatModel';
	switch (source) {
		case 'chatModel': {
			const chatModel = await connectedChatModel(context, itemIndex);
			const { chatModelComposer } =
				await import('../../composing/models/chat-model-composer.js');
			return chatModelComposer(chatModel, timeoutMs);
		}
		case 'openAiCompatible': {
			const model = modelOf(context, itemIndex);
			const baseUrl = await modelBaseUrlOf(context);
			const { temperature, maxOutputTokens } = context.getNodeParameter(
				'options',
				itemIndex,
				{},
			) as ModelOptions;
			const { openAiComposer } = await import('../../composing/models/openai-composer.js');
			return openAiComposer(
				{
					baseUrl,
					model,
					timeoutMs,
					...(temperature === undefined ? {} : { temperature }),
					...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
				},
				modelHttpOf(context),
			);
		}
	}
}

function modelOf(context: IExecuteFunctions, itemIndex: number): string {
	const model = context.getNodeParameter('model', itemIndex, '', { extractValue: true });
	if (typeof model === 'string' && model.trim() !== '') return model.trim();
	throw new InvalidInputError({
		field: 'Model',
		cause: 'no model is chosen',
		fix: 'Choose a model from the list, or enter its name.',
	});
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
		fix: 'Connect a Chat Model node below this one, or set Model From to OpenAI-Compatible Provider.',
	});
}
