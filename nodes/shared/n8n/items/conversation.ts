import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Message } from '../../messaging/message';
import { incomingTextOf, isOfSendSms, triggerItemOf, type IncomingText } from './incoming-text';
import { asMissedCall, type MissedCallItem } from './missed-call-item';
import { itemOfTrigger } from './trigger-item';

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
	/** What the first text is about, where the builder does not say: a missed call. */
	topic?: string;
}

/** The conversation of an item: of the text or call it answers, or of a text sent before it. */
export function conversationOf(
	context: IExecuteFunctions,
	item: INodeExecutionData,
	itemIndex: number,
): Conversation | undefined {
	const call = asMissedCall(item.json);
	if (call) return fromMissedCall(call);
	const incoming = incomingTextOf(context, item, itemIndex);
	if (incoming) return fromIncoming(incoming);
	const sent = fromSent(item.json);
	if (sent) return sent;
	const callBefore = itemOfTrigger(context, itemIndex, asMissedCall);
	return callBefore && fromMissedCall(callBefore);
}

/** Only what the trigger emitted: over the fields of a tool's own item lie the model's arguments. */
export function conversationOfTool(
	context: IExecuteFunctions,
	itemIndex: number,
): Conversation | undefined {
	const incoming = triggerItemOf(context, itemIndex);
	if (incoming) return fromIncoming(incoming);
	const call = itemOfTrigger(context, itemIndex, asMissedCall);
	return call && fromMissedCall(call);
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

function fromMissedCall(call: MissedCallItem): Conversation {
	const { threadId, contact, sender, messagingServiceSid, agent, voicemail } = call;
	const voicemailLeft = voicemail ? 'They left a voicemail, which you cannot hear. ' : '';
	return {
		threadId,
		contact,
		sender: sender || null,
		messagingServiceSid: messagingServiceSid || null,
		agent: { id: agent.id, name: agent.name || agent.id, smsPrompt: agent.smsPrompt ?? '' },
		arrived: [],
		topic: `The contact called a moment ago and nobody could take the call. ${voicemailLeft}Say so in a friendly way, and ask how you can help by text.`,
	};
}

function fromSent(json: IDataObject): Conversation | undefined {
	if (!isOfSendSms(json)) return undefined;
	const { threadId, contact, sender, messagingServiceSid, agent, messageSid } =
		json as unknown as Conversation & { messageSid: string | null };
	const sent = messageSid === null ? {} : { sentSid: messageSid };
	return { threadId, contact, sender, messagingServiceSid, agent, arrived: [], ...sent };
}
