import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { composeText } from '../shared/sending/compose-text';
import { inlineHistory } from '../shared/composing/inline-history';
import type { OutboundDraft, SendDeps } from '../shared/sending/outbound-draft';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import type { TextLimits } from '../shared/messaging/segments';
import type { Conversation } from '../shared/n8n/items/conversation';
import { openComposer } from '../shared/n8n/models/open-composer';
import type { Addressing } from './addressing';
import { asText, MESSAGES, type TypedBrief } from './fields';
import { USUAL_SEGMENTS } from './options';
import { MESSAGE } from './tool-fields';

/** The words of a text, found when they are needed, and whose they are. */
export interface Wording {
	author: OutboundDraft['author'];
	write: () => Promise<string>;
}

/**
 * The words of the field Message or, where it is empty, those the previous node wrote: `text` of an
 * Agent Reply, `output` of an AI Agent. What the builder typed is an operator's, the rest an agent's.
 */
export function givenWords(
	typed: string,
	{ json }: INodeExecutionData,
	mediaUrls: readonly string[],
): Wording {
	const written = asText(json['text']) || asText(json['output']);
	const body = typed || written;
	if (body === '' && mediaUrls.length === 0) {
		throw new InvalidInputError({
			field: MESSAGE,
			cause: 'it is empty, and the item has neither a "text" nor an "output" to send instead',
			fix: 'Write a message, or connect an Agent Reply or an AI Agent before this node.',
		});
	}
	return { author: body === written ? 'agent' : 'operator', write: async () => body };
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

/** The words that the model of the node's fields writes for this item. */
export async function writeWithAi(
	context: IExecuteFunctions,
	{ store, clock, signal }: SendDeps,
	itemIndex: number,
	{ instruction, smsPrompt, history }: TypedBrief,
	{
		addressing: { threadId, to, agent },
		conversation,
		limits,
	}: { addressing: Addressing; conversation: Conversation | undefined; limits: TextLimits },
): Promise<string> {
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
	return await composeText({ threads: store.threads, composer, clock, signal }, brief);
}
