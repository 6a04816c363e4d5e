import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Message } from '../../messaging/message';
import { withPrompt } from './agent-prompt';
import { agrees, assertAgrees } from './agreeing-fields';
import {
	agentOf,
	asIncomingText,
	contextVariablesOf,
	isOfSendSms,
	triggerItemOf,
	type IncomingText,
} from './incoming-text';
import { asMissedCall, type MissedCallItem } from './missed-call-item';
import { emittedBefore, itemOfTrigger } from './trigger-item';

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
	/** SIDs of these texts. */
	turnSids?: string[];
	/** SID of the text or call that the run began with, where it began with one. */
	originSid?: string;
	/** Nobody has written: the run began because the conversation has ended, or is silent. */
	isSilent?: true;
	/** The text of ours that this item tells of, where it tells of one. */
	sentSid?: string;
	/** What Ask for Context gave for this turn, by name. */
	variables?: Record<string, string>;
	/** What the first text is about, where the builder does not say: a missed call. */
	topic?: string;
}

/**
 * The conversation of an item: of the text or call it descends from or, where n8n cannot tell, of
 * its own fields, which must agree with each other. Throws InvalidInputError where they do not.
 */
export function conversationOf(
	context: IExecuteFunctions,
	{ json }: INodeExecutionData,
	itemIndex: number,
): Conversation | undefined {
	const text = triggerItemOf(context, itemIndex);
	if (text) return fromIncoming({ ...text, agent: agentOf(text, json) });
	const sent = asSent(json);
	const call = callBefore(context, itemIndex);
	if (call) {
		// A follow-up goes on from the text before it, which may be another agent's.
		if (sent?.contact === call.contact && agrees(json)) return fromSent(context, sent);
		return fromMissedCall({ ...call, agent: agentOf(call, json) });
	}
	return ofOwnFields(context, json, sent);
}

function ofOwnFields(
	context: IExecuteFunctions,
	json: IDataObject,
	sent: SentItem | undefined,
): Conversation | undefined {
	const call = asMissedCall(json);
	const text = asIncomingText(json);
	if (!call && !text && !sent) return undefined;
	assertAgrees(json);
	if (call) return fromMissedCall(call);
	if (!text) return sent && fromSent(context, sent);
	return fromIncoming({ ...text, agent: withPrompt(context, text.agent) });
}

function callBefore(context: IExecuteFunctions, itemIndex: number): MissedCallItem | undefined {
	const call = itemOfTrigger(context, itemIndex, asMissedCall);
	if (call) assertAgrees(call);
	return call;
}

/** Only what the trigger emitted: over the fields of a tool's own item lie the model's arguments. */
export function conversationOfTool(
	context: IExecuteFunctions,
	itemIndex: number,
): Conversation | undefined {
	const incoming = triggerItemOf(context, itemIndex);
	if (incoming) return fromIncoming(incoming);
	const call = callBefore(context, itemIndex);
	return call && fromMissedCall(call);
}

/**
 * The conversations of all texts and calls that this run began with, for a node that n8n asks once for
 * all items. Throws InvalidInputError where the fields of one contradict each other.
 */
export function conversationsOfRun(context: IExecuteFunctions): Conversation[] {
	const texts = emittedBefore(context, asIncomingText);
	const calls = emittedBefore(context, asMissedCall);
	for (const item of [...texts, ...calls]) assertAgrees(item);
	return [...texts.map(fromIncoming), ...calls.map(fromMissedCall)];
}

const NOBODY_WROTE = new Set<IncomingText['event']>(['threadEnded', 'threadIdle']);

function fromIncoming(incoming: IncomingText): Conversation {
	const { threadId, contact, sender, messagingServiceSid, agent } = incoming;
	const { messages, messageSid, messageSids } = incoming;
	return {
		threadId,
		contact,
		sender,
		messagingServiceSid: messagingServiceSid || null,
		agent: { id: agent.id, name: agent.name || agent.id, smsPrompt: agent.smsPrompt ?? '' },
		arrived: Array.isArray(messages) ? messages : [],
		turnSids: [...(messageSids ?? []), messageSid],
		originSid: messageSid,
		variables: contextVariablesOf(incoming),
		...(NOBODY_WROTE.has(incoming.event) ? { isSilent: true as const } : {}),
	};
}

function fromMissedCall(call: MissedCallItem): Conversation {
	const when = call.late ? agoOf(call.lateMinutes) : 'a moment ago';
	const voicemailLeft = call.voicemail ? 'They left a voicemail, which you cannot hear. ' : '';
	return {
		...withoutTexts(call),
		originSid: call.callSid,
		topic: `The contact called ${when} and nobody could take the call. ${voicemailLeft}Say so in a friendly way, and ask how you can help by text.`,
	};
}

function agoOf(minutes: number): string {
	const [count, unit] = minutes < 90 ? [minutes, 'minute'] : [Math.round(minutes / 60), 'hour'];
	return count === 1 ? `a ${unit} ago` : `${count} ${unit}s ago`;
}

/** Whom an item is about that the contact has written nothing for. */
function withoutTexts(item: Omit<SentItem, 'messageSid'>): Conversation {
	const { threadId, contact, sender, messagingServiceSid, agent } = item;
	return {
		threadId,
		contact,
		sender: sender || null,
		messagingServiceSid: messagingServiceSid || null,
		agent: { id: agent.id, name: agent.name || agent.id, smsPrompt: agent.smsPrompt ?? '' },
		arrived: [],
	};
}

/** An item of Send SMS. */
interface SentItem {
	threadId: string;
	contact: string;
	sender: string | null;
	messagingServiceSid: string | null;
	agent: { id: string; name?: string; smsPrompt?: string };
	messageSid: string | null;
}

function asSent(json: IDataObject): SentItem | undefined {
	const { threadId, contact, agent } = json as Partial<SentItem>;
	const needed = [threadId, contact, agent?.id];
	if (!isOfSendSms(json) || !needed.every((value) => typeof value === 'string')) return undefined;
	return json as unknown as SentItem;
}

function fromSent(context: IExecuteFunctions, sent: SentItem): Conversation {
	const { messageSid } = sent;
	return {
		...withoutTexts({ ...sent, agent: withPrompt(context, sent.agent) }),
		...(messageSid ? { sentSid: messageSid } : {}),
	};
}
