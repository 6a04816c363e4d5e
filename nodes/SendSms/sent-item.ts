import type {
	IDataObject,
	INodeExecutionData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';
import type { SentMessage, Unwanted } from '../shared/sending/outbound-draft';
import { SENT_EVENT, SKIPPED_EVENT } from '../shared/n8n/items/incoming-text';
import type { Addressing } from './addressing';
import type { Conversation } from '../shared/n8n/items/conversation';

/** What the next node needs to go on with the conversation, and what became of the text. */
export function sentJson(
	sent: SentMessage,
	{ agent, to }: Addressing,
	conversation: Conversation | undefined,
): IDataObject {
	return {
		event: SENT_EVENT,
		messageSid: sent.messageSid,
		status: sent.status,
		to,
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
		// As in the thread's ID; Twilio may spell the number another way.
		contact: to,
		sender: sent.from ?? conversation?.sender ?? null,
	};
}

/** For a follow-up that was left out; the next one goes on from the same text. */
export function skippedJson(
	{ why, message }: Unwanted,
	{ agent, threadId, to }: Addressing,
	conversation: Conversation | undefined,
): IDataObject {
	return {
		event: SKIPPED_EVENT,
		status: 'skipped',
		reason: message,
		reasonCode: why,
		messageSid: conversation?.sentSid ?? null,
		threadId,
		agent: { ...agent },
		contact: to,
		to,
		sender: conversation?.sender ?? null,
		messagingServiceSid: conversation?.messagingServiceSid ?? null,
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

/**
 * For "On Error: Continue": the item as it was, with what went wrong. For an error output n8n
 * accepts nothing but these names, and adds the rest of the item itself.
 */
export function failedItem(
	item: INodeExecutionData,
	{ message, description }: NodeApiError | NodeOperationError,
	itemIndex: number,
	hasErrorOutput: boolean,
): INodeExecutionData {
	const error = [message, description].filter(Boolean).join('. ');
	return {
		json: hasErrorOutput
			? { error, details: { status: 'notSent' } }
			: { ...item.json, error, status: 'notSent' },
		pairedItem: { item: itemIndex },
	};
}
