import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { OutboundDraft } from '../shared/sending/outbound-draft';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';

export interface GivenBody {
	body: string;
	author: OutboundDraft['author'];
}

/**
 * The words of the field Message or, where it is empty, those the previous node wrote: `text` of an
 * Agent Reply, `output` of an AI Agent. What the builder typed is an operator's, the rest an agent's.
 */
export function bodyToSend(
	context: IExecuteFunctions,
	{ json }: INodeExecutionData,
	itemIndex: number,
	mediaUrls: readonly string[],
): GivenBody {
	const typed = asText(context.getNodeParameter('body', itemIndex, ''));
	const written = asText(json['text']) || asText(json['output']);
	const body = typed || written;
	if (body === '' && mediaUrls.length === 0) {
		throw new InvalidInputError({
			field: 'Message',
			cause: 'it is empty, and the item has neither a "text" nor an "output" to send instead',
			fix: 'Write a message, or connect an Agent Reply or an AI Agent before this node.',
		});
	}
	return { body, author: body === written ? 'agent' : 'operator' };
}

/** What the model that calls the tool wants to say. */
export function toolBody(
	context: IExecuteFunctions,
	itemIndex: number,
	mediaUrls: readonly string[],
): string {
	const body = asText(context.getNodeParameter('body', itemIndex, ''));
	if (body !== '' || mediaUrls.length > 0) return body;
	throw new InvalidInputError({
		field: 'Message',
		cause: 'it is empty; nothing was sent',
		fix: 'Let the model fill in Message, and give it the words to send.',
	});
}

function asText(value: unknown): string {
	if (typeof value === 'string') return value.trim();
	return typeof value === 'number' ? String(value) : '';
}
