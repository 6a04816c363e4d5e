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

/** What became of one item. */
export type Outcome = { json: IDataObject } | { failure: unknown };

/** Whom an item tells about; its agent may lack the prompt. */
type ItemAddressing = Pick<Addressing, 'threadId' | 'to'> & { agent: object };

/** What the next node needs to go on with the conversation, and what became of the text. */
export function sentJson(
	sent: SentMessage,
	{ agent, to }: ItemAddressing,
	conversation: Conversation | undefined,
): IDataObject {
	return {
		// As in the thread's ID; Twilio may spell the number another way.
		contact: to,
		body: sent.body,
		event: SENT_EVENT,
		status: sent.status,
		to,
		from: sent.from,
		numSegments: sent.numSegments,
		encoding: sent.encoding,
		warnings: [...sent.warnings],
		sentAt: sent.sentAt,
		repeated: sent.repeated,
		reconciled: sent.reconciled,
		agent: { ...agent },
		sender: sent.from ?? conversation?.sender ?? null,
		messageSid: sent.messageSid,
		messagingServiceSid: sent.messagingServiceSid,
		threadId: sent.threadId,
	};
}

/** For a text that was left out, as all is as it should be; the next one goes on from the same text. */
export function skippedJson(
	{ why, message }: Unwanted,
	{ agent, threadId, to }: ItemAddressing,
	conversation: Conversation | undefined,
): IDataObject {
	return {
		contact: to,
		reason: message,
		reasonCode: why,
		event: SKIPPED_EVENT,
		status: 'skipped',
		to,
		agent: { ...agent },
		sender: conversation?.sender ?? null,
		messageSid: conversation?.sentSid ?? null,
		messagingServiceSid: conversation?.messagingServiceSid ?? null,
		threadId,
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

/** What a tool's text became that was one too many. An answer, not a failure: the model goes on, knowing. */
export const NOT_SENT = 'notSent';

/** What became of a text, for the executions list. */
const OUTCOME = { sent: 'Sent', skipped: 'Skipped', failed: 'Not Sent' } as const;
export const OUTCOMES = Object.values(OUTCOME);

export function outcomeOf({ event, status, error }: IDataObject): string {
	if (error !== undefined || status === NOT_SENT) return OUTCOME.failed;
	return event === SKIPPED_EVENT ? OUTCOME.skipped : OUTCOME.sent;
}

/** Whether this very run sent it, and no earlier one. */
export function wasSentNow(json: IDataObject): boolean {
	return outcomeOf(json) === OUTCOME.sent && json['repeated'] !== true;
}

/** For the model whose text did not go out: it must not say that it did. */
export function refusedJson({ message, fix }: { message: string; fix: string }): IDataObject {
	return {
		status: NOT_SENT,
		reason: `${message.replace(/\.$/, '')}.`,
		toDo: 'Do not say that it was sent, and do not try again in this run.',
		fix,
	};
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
			? { error, details: { status: NOT_SENT } }
			: { ...item.json, error, status: NOT_SENT },
		pairedItem: { item: itemIndex },
	};
}
