import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { composeText } from '../shared/sending/compose-text';
import { inlineHistory } from '../shared/composing/inline-history';
import type { OutboundDraft, Unwanted } from '../shared/sending/outbound-draft';
import type { ThreadServices } from '../shared/threads/thread-store';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import type { TextLimits } from '../shared/sending/fit-text';
import type { Conversation } from '../shared/n8n/items/conversation';
import { openComposer } from '../shared/n8n/models/open-composer';
import type { Addressing } from './addressing';
import { asText, MESSAGES, type TypedBrief } from './fields';
import { USUAL_SEGMENTS } from './options';
import { MESSAGE } from './tool-fields';

/** The body of a text, found when it is needed, or why it must not be written; and whose it is. */
export interface TextBody {
	author: OutboundDraft['author'];
	write: () => Promise<{ body: string } | Unwanted>;
}

/**
 * The words of the field Message or, where it is empty, those the previous node wrote: `text` of an
 * Agent Reply, `output` of an AI Agent. What the builder typed is an operator's, the rest an agent's.
 */
export function givenBody(
	typed: string,
	{ json }: INodeExecutionData,
	mediaUrls: readonly string[],
): TextBody {
	const written = asText(json['text']) || asText(json['output']);
	const body = typed || written;
	if (body === '' && mediaUrls.length === 0) {
		throw new InvalidInputError({
			field: MESSAGE,
			cause: 'it is empty, and the item has neither a "text" nor an "output" to send instead',
			fix: 'Write a message, or connect an Agent Reply or an AI Agent before this node.',
		});
	}
	return { author: body === written ? 'agent' : 'operator', write: async () => ({ body }) };
}

/** Throws InvalidInputError where the model that calls the tool says nothing. */
export function assertToolBody(body: string, mediaUrls: readonly string[]): void {
	if (body !== '' || mediaUrls.length > 0) return;
	throw new InvalidInputError({
		field: MESSAGE,
		cause: 'it is empty; nothing was sent',
		fix: 'Let the model fill in Message, and give it the words to send.',
	});
}

/** What the model of the node's fields writes for this item, or why it must not. */
export async function writeWithAi(
	context: IExecuteFunctions,
	services: ThreadServices,
	itemIndex: number,
	{ instruction, smsPrompt, history }: TypedBrief,
	{
		addressing: { threadId, to, agent },
		conversation,
		limits,
	}: { addressing: Addressing; conversation: Conversation | undefined; limits: TextLimits },
): Promise<{ body: string } | Unwanted> {
	const brief = {
		threadId,
		contact: to,
		agentName: agent.name,
		smsPrompt: smsPrompt || agent.smsPrompt,
		instruction: instruction || (conversation?.topic ?? ''),
		arrived: conversation?.threadId === threadId ? conversation.arrived : [],
		history:
			history.kind === 'thread'
				? history
				: ({ kind: 'given', messages: inlineHistory(history.messages, MESSAGES) } as const),
		maxSegments: limits.maxSegments ?? USUAL_SEGMENTS,
		timeZone: context.getTimezone(),
	};
	const composer = await openComposer(context, itemIndex);
	return await composeText(services, composer, brief);
}
