import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Message } from '../shared/messaging/message';
import {
	incomingTextOf,
	isOfSendSms,
	triggerItemOf,
	type IncomingText,
} from '../shared/n8n/incoming-text';

/** What an item tells of the conversation that a text belongs to. */
export interface Conversation {
	threadId: string;
	contact: string;
	/** The number that was texted; null where we wrote first. */
	sender: string | null;
	messagingServiceSid: string | null;
	agent: { id: string; name: string; smsPrompt: string };
	/** The texts that this run answers; the thread may not hold them yet. */
	arrived: Message[];
	/** The text of ours that this item tells of, where it tells of one. */
	sentSid?: string;
}

/** The conversation of an item: of the incoming text it answers, or of a text sent before it. */
export function conversationOf(
	context: IExecuteFunctions,
	item: INodeExecutionData,
	itemIndex: number,
): Conversation | undefined {
	const incoming = incomingTextOf(context, item, itemIndex);
	return incoming ? fromIncoming(incoming) : fromSent(item.json);
}

/** Only what the trigger emitted: over the fields of a tool's own item lie the model's arguments. */
export function conversationOfTool(
	context: IExecuteFunctions,
	itemIndex: number,
): Conversation | undefined {
	const incoming = triggerItemOf(context, itemIndex);
	return incoming && fromIncoming(incoming);
}

function fromIncoming(incoming: IncomingText): Conversation {
	const { threadId, contact, sender, messagingServiceSid, agent, messages } = incoming;
	return {
		threadId,
		contact,
		sender,
		messagingServiceSid: messagingServiceSid || null,
		agent: { id: agent.id, name: agent.name || agent.id, smsPrompt: agent.smsPrompt ?? '' },
		arrived: Array.isArray(messages) ? messages : [],
	};
}

function fromSent(json: IDataObject): Conversation | undefined {
	if (!isOfSendSms(json)) return undefined;
	const { threadId, contact, sender, messagingServiceSid, agent, messageSid } =
		json as unknown as Conversation & { messageSid: string | null };
	const sent = messageSid === null ? {} : { sentSid: messageSid };
	return { threadId, contact, sender, messagingServiceSid, agent, arrived: [], ...sent };
}
