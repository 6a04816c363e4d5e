import type {
	IDataObject,
	INodeExecutionData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';
import type { SentMessage } from '../shared/agent/sent-message';
import { SENT_EVENT } from '../shared/n8n/incoming-text';
import type { Addressing } from './addressing';
import type { Conversation } from './conversation';

/** What the next node needs to go on with the conversation, and what became of the text. */
export function sentJson(
	sent: SentMessage,
	{ agent }: Addressing,
	conversation: Conversation | undefined,
): IDataObject {
	return {
		event: SENT_EVENT,
		messageSid: sent.messageSid,
		status: sent.status,
		to: sent.to,
		from: sent.from,
		messagingServiceSid: sent.messagingServiceSid,
		body: sent.body,
		numSegments: sent.numSegments,
		encoding: sent.encoding,
		warnings: [...sent.warnings],
		sentAt: sent.sentAt,
		repeated: sent.repeated,
		reconciled: sent.reconciled,
		threadId: sent.threadId,
		agent: { ...agent },
		contact: sent.to,
		sender: sent.from ?? conversation?.sender ?? null,
	};
}

/** For the model that called the tool: what it needs to go on, and nothing of the prompt. */
export function toolJson({
	messageSid,
	status,
	body,
	repeated,
	warnings,
}: SentMessage): IDataObject {
	return { messageSid, status, body, repeated, warnings: [...warnings] };
}

/** For "On Error: Continue": the item as it was, with what went wrong. */
export function failedItem(
	item: INodeExecutionData,
	error: NodeApiError | NodeOperationError,
	itemIndex: number,
): INodeExecutionData {
	const { message, description } = error;
	return {
		json: {
			...item.json,
			error: [message, description].filter(Boolean).join('. '),
			status: 'notSent',
		},
		// Lets n8n move the item to the error output although it holds more than the error.
		error,
		pairedItem: { item: itemIndex },
	};
}
