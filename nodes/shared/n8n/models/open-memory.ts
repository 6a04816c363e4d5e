import { NodeConnectionTypes, type IExecuteFunctions } from 'n8n-workflow';
import type { ChatMemory } from '../../composing/models/chat-memory';
import type { ConversationMemory } from '../../composing/conversation-memory';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { hasBelow } from '../host/connected-to';
import { HISTORY_FROM, readsMemory } from './model-fields';

/**
 * The connected memory, for the session that its own node makes of this item; undefined where the
 * thread is enough. Throws InvalidInputError where none is connected.
 */
export async function openMemory(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<ConversationMemory | undefined> {
	if (!readsMemory(context, itemIndex)) return undefined;
	const memory = await connectedMemory(context, itemIndex);
	const { chatMemory } = await import('../../composing/models/chat-memory.js');
	return chatMemory(memory);
}

async function connectedMemory(context: IExecuteFunctions, itemIndex: number): Promise<ChatMemory> {
	const connectionType = NodeConnectionTypes.AiMemory;
	// n8n's own words for a missing one name neither the field nor the other choice.
	if (!hasBelow(context, connectionType)) {
		throw notUsable('no Memory is connected to this node, or it is deactivated');
	}
	const connected: unknown = await context.getInputConnectionData(connectionType, itemIndex);
	const memory: unknown = Array.isArray(connected) ? connected[0] : connected;
	if (isChatMemory(memory)) return memory;
	throw notUsable('what is connected to this node is not a Memory that keeps a conversation');
}

function isChatMemory(memory: unknown): memory is ChatMemory {
	const { loadMemoryVariables, saveContext } = (memory ?? {}) as Partial<ChatMemory>;
	return typeof loadMemoryVariables === 'function' && typeof saveContext === 'function';
}

function notUsable(cause: string): InvalidInputError {
	return new InvalidInputError({
		field: 'Memory',
		cause,
		fix: `Connect a Memory node below this one, or set ${HISTORY_FROM} to This Agent's Thread.`,
	});
}
