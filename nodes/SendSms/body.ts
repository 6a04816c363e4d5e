import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { composeText } from '../shared/sending/compose-text';
import { withoutArtefacts } from '../shared/composing/artefacts';
import { inlineHistory } from '../shared/composing/inline-history';
import { NotWrittenError } from '../shared/sending/send-errors';
import { LONGEST_TEXT } from '../shared/messaging/text-bounds';
import type { OutboundDraft, Unwanted } from '../shared/sending/outbound-draft';
import type { ThreadServices } from '../shared/threads/thread-store';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import type { AgentTask } from '../shared/messaging/agent';
import type { Conversation } from '../shared/n8n/items/conversation';
import { hintOfUnfilled } from '../shared/n8n/items/prompt-variables';
import { modelLimitOf } from '../shared/n8n/models/model-limit-of';
import { openComposer } from '../shared/n8n/models/open-composer';
import type { Addressing } from './addressing';
import { asText, MESSAGES, type TypedBrief } from './fields';
import { modelLimits, USUAL_SEGMENTS, type SendOptions } from './options';
import { MESSAGE } from './tool/tool-fields';

/** Words that are there before a text is sent, and whose they are. */
export interface GivenWords {
	author: OutboundDraft['author'];
	body: string;
	/** What the previous node wrote; may stand among them. */
	written: string;
	/** All of it is what an AI Agent of n8n's answers. */
	isAnswer?: boolean;
}

/**
 * The words of the field Message or, where it is empty, those the previous node wrote: `text` of an
 * Agent Reply, `output` of an AI Agent. What the builder typed is an operator's, the rest an agent's.
 */
export function givenWords(
	typed: string,
	{ json }: INodeExecutionData,
	mediaUrls: readonly string[],
): GivenWords {
	const written = asText(json['text']) || asText(json['output']);
	const body = typed || written;
	if (body === '' && mediaUrls.length === 0) {
		throw new InvalidInputError({
			field: MESSAGE,
			cause: 'it is empty, and the item has neither a "text" nor an "output" to send instead',
			fix: 'Write a message, or connect an Agent Reply or an AI Agent before this node.',
		});
	}
	const isAnswer = body !== '' && body === asText(json['output']) && !asText(json['text']);
	return { author: body === written ? 'agent' : 'operator', body, written, isAnswer };
}

/**
 * What a model wrote stays a model's where an expression puts it among words of the builder. Throws
 * NotWrittenError where it is nothing to send.
 */
export function cleanedWords({ author, body, written }: GivenWords): string {
	if (author === 'agent' || written === '' || !body.includes(written)) return body;
	const cleaned = withoutArtefacts(written);
	if (cleaned.kind === 'unfit') throw new NotWrittenError(cleaned.reason);
	return written.length > LONGEST_TEXT ? body : body.replaceAll(written, () => cleaned.text);
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

interface WhatToWriteAbout {
	addressing: Addressing;
	conversation: Conversation | undefined;
	task: AgentTask | undefined;
	options: Pick<SendOptions, 'text' | 'facts' | 'speaks'>;
}

function instructionFor(
	typed: string,
	conversation: Conversation | undefined,
	task: AgentTask | undefined,
): string {
	const said = typed || task?.opening || (conversation?.topic ?? '');
	return [said, ...(task ? [`It begins this task: ${task.instructions}`] : [])]
		.filter(Boolean)
		.join('\n\n');
}

/** What the model of the node's fields writes for this item, or why it must not. */
export async function writeWithAi(
	context: IExecuteFunctions,
	services: ThreadServices,
	itemIndex: number,
	{ instruction, smsPrompt, history }: TypedBrief,
	{
		addressing: { threadId, to, agent, record },
		conversation,
		task,
		options: { text, facts, speaks },
	}: WhatToWriteAbout,
): Promise<{ body: string } | Unwanted> {
	const brief = {
		threadId,
		contact: to,
		agentName: agent.name,
		smsPrompt: smsPrompt || agent.smsPrompt || (record?.smsPrompt ?? ''),
		instruction: instructionFor(instruction, conversation, task),
		facts: {
			...(conversation?.threadId === threadId ? conversation.variables : {}),
			...facts,
		},
		unfilled: hintOfUnfilled(context),
		answersTo: speaks.answersTo,
		arrived: conversation?.threadId === threadId ? conversation.arrived : [],
		history:
			history.kind === 'thread'
				? history
				: ({ kind: 'given', messages: inlineHistory(history.messages, MESSAGES) } as const),
		maxSegments: text.maxSegments ?? USUAL_SEGMENTS,
		timeZone: context.getTimezone(),
	};
	const limit = modelLimitOf(context, itemIndex, modelLimits, {
		allowances: services.store.allowances,
		contact: to,
		taker: threadId,
	});
	const composer = await openComposer(context, itemIndex, limit);
	return await composeText(services, composer, brief);
}
