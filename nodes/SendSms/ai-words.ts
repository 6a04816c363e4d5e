import type { IExecuteFunctions } from 'n8n-workflow';
import { composeText, type TextBrief } from '../shared/sending/compose-text';
import { inlineHistory } from '../shared/composing/inline-history';
import type { Unwanted } from '../shared/sending/outbound-draft';
import type { ThreadServices } from '../shared/threads/thread-store';
import type { TextLimits } from '../shared/sending/fit-text';
import { openComposer } from '../shared/n8n/models/open-composer';
import type { Addressing } from './addressing';
import type { Conversation } from './conversation';

/** What a model is asked for where the builder set no limit. */
const USUAL_SEGMENTS = 2;

/** The text that the model of the node's fields writes for this item, or why it must not be written. */
export async function writeWithAi(
	context: IExecuteFunctions,
	services: ThreadServices,
	itemIndex: number,
	{ threadId, to, agent }: Addressing,
	conversation: Conversation | undefined,
	{ maxSegments }: TextLimits,
): Promise<{ body: string } | Unwanted> {
	const text = (name: string) => context.getNodeParameter(name, itemIndex, '') as string;
	const ofThisThread = conversation?.threadId === threadId;
	const brief: TextBrief = {
		threadId,
		contact: to,
		agentName: agent.name,
		smsPrompt: text('smsPrompt').trim() || agent.smsPrompt,
		instruction: text('instruction').trim() || (conversation?.occasion ?? ''),
		arrived: ofThisThread ? conversation.arrived : [],
		history: historyOf(context, itemIndex),
		maxSegments: maxSegments ?? USUAL_SEGMENTS,
		timeZone: context.getTimezone(),
	};
	const composer = await openComposer(context, itemIndex);
	return await composeText(services, composer, brief);
}

function historyOf(context: IExecuteFunctions, itemIndex: number): TextBrief['history'] {
	const source = context.getNodeParameter('history', itemIndex, 'thread');
	switch (source) {
		case 'given':
			return {
				kind: 'given',
				messages: inlineHistory(context.getNodeParameter('messages', itemIndex, '[]')),
			};
		case 'none':
			return { kind: 'given', messages: inlineHistory([]) };
		default: {
			const maxMessages = context.getNodeParameter(
				'historyMessages',
				itemIndex,
				30,
			) as number;
			return { kind: 'thread', maxMessages };
		}
	}
}
