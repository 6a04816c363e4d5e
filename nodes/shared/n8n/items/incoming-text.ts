import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { EMPTY_TEXT, hasWords, type Media, type Message } from '../../messaging/message';
import type { Reaction } from '../../messaging/reaction';
import type { Agent, AgentName } from '../../messaging/agent';
import type { MatchedBy, Route } from '../../messaging/routing';
import type { Turn } from '../../threads/turns/gather-turn';
import type { InboundMessage } from '../../twilio/inbound/inbound-webhook';
import { assertAgrees } from './agreeing-fields';
import { agentsForItem, withPrompt } from './agent-prompt';
import { inReadingOrder } from './reading-order';
import { itemOfTrigger } from './trigger-item';

/** What Send SMS calls its items. */
export const SENT_EVENT = 'sent';
export const SKIPPED_EVENT = 'skipped';

/** STOP, START, HELP and reactions have events of their own, for those who ask for them. */
export type IncomingEvent =
	| 'message'
	| 'optOut'
	| 'optIn'
	| 'help'
	| 'reaction'
	/** No text: a conversation has ended, for an Agent Reply that remembers its contact. */
	| 'threadEnded'
	/** No text: the contact is silent, for an Agent Reply that asks whether they are still there. */
	| 'threadIdle';

export interface IncomingMedia extends Media {
	/** The item's binary property that holds it, once downloaded. */
	binaryProperty?: string;
	/** Why it was not downloaded. */
	error?: string;
}

/** The item an Incoming SMS Trigger emits for a turn: all that a reply needs, so no expression is. */
export interface IncomingText {
	event: IncomingEvent;
	threadId: string;
	agent: {
		id: string;
		name: string;
		smsPrompt: string;
		/** Why this agent got the text. */
		matchedBy?: MatchedBy;
	};
	/**
	 * The agent that the contact was passed on to, and which answers; absent where the agent itself does. Its
	 * prompt is for n8n's own AI Agent: Agent Reply looks up who speaks, as that may have changed by then.
	 */
	passedTo?: AgentName & { smsPrompt?: string };
	contact: string;
	/** The number or short code that was texted; replies go out from it. */
	sender: string;
	messagingServiceSid: string | null;
	/** The newest text of the turn. */
	messageSid: string;
	/** All texts of the turn, oldest first. */
	messageSids: string[];
	/** The turn's words, one text a line. */
	body: string;
	messages: Message[];
	media: IncomingMedia[];
	numSegments: number;
	/** ISO 8601, UTC. */
	receivedAt: string;
	/** Whether the thread had no message before this turn. */
	newThread: boolean;
	/** Set where the contact's phone wrote the text by itself. */
	reaction: Reaction | null;
	/** Whether the text came while nobody listened, or lost its run, and was found afterwards. */
	late: boolean;
	/** How old its newest text was then; 0 where it is not late. */
	lateMinutes: number;
	/** Whether it is too old to be answered: a person is to be told of it. */
	tooLate: boolean;
	/** With Ask for Context: what fills variables of prompts, for this turn alone. */
	contextVariables?: Record<string, string>;
	/** With Ask for Context: why there was no answer that could be used; null where there was. */
	contextNote?: string | null;
	/** `body` and `threadId` again, under the names n8n's AI Agent and memory nodes look for. */
	chatInput: string;
	sessionId: string;
}

export type Lateness = Pick<IncomingText, 'late' | 'lateMinutes' | 'tooLate'>;

const IN_TIME: Lateness = { late: false, lateMinutes: 0, tooLate: false };

/** The item's JSON: all that a reply needs, under the names that n8n's own nodes look for too. */
export function incomingText(
	event: IncomingEvent,
	inbound: InboundMessage,
	{ agent, matchedBy, speaker }: Route,
	{ texts, thread }: Turn,
	lateness: Lateness = IN_TIME,
): IncomingText {
	const body = texts.map((text) => text.body).join('\n');
	const media = texts.flatMap((text) => text.media);
	return {
		contact: inbound.from,
		body,
		event,
		agent: { id: agent.id, name: agent.name, smsPrompt: agent.smsPrompt, matchedBy },
		...(speaker ? { passedTo: speakerTold(speaker.agent, agent) } : {}),
		sender: inbound.to,
		messages: texts,
		media: media.map((one) => ({ ...one })),
		numSegments: texts.reduce((sum, text) => sum + text.numSegments, 0),
		receivedAt: texts.at(-1)?.at ?? '',
		newThread: thread.keptMessages <= texts.length && thread.droppedMessages === 0,
		reaction: texts.at(-1)?.reaction ?? null,
		...lateness,
		messageSid: inbound.messageSid,
		messageSids: texts.map(({ messageSid }) => messageSid),
		messagingServiceSid: inbound.messagingServiceSid ?? null,
		chatInput: hasWords(body) ? body : wordless(media),
		threadId: thread.threadId,
		sessionId: thread.threadId,
	};
}

/** One without a prompt of its own speaks by that of the conversation's agent. */
function speakerTold({ id, name, smsPrompt }: Agent, own: Agent) {
	return { id, name, smsPrompt: smsPrompt.trim() === '' ? own.smsPrompt : smsPrompt };
}

/** n8n's AI Agent refuses an empty input, and a picture or an empty text has no words. */
function wordless(media: readonly Media[]): string {
	if (media.length === 0) return EMPTY_TEXT;
	return media.map(({ contentType }) => `[${contentType}]`).join(' ');
}

/** What Ask for Context gave for this turn, by name; of an item built by hand, what reads so. */
export function contextVariablesOf({
	contextVariables: given,
}: Pick<IncomingText, 'contextVariables'>): Record<string, string> {
	const entries = Object.entries((given ?? {}) as Record<string, unknown>);
	const texts = entries.filter(
		(entry): entry is [string, string] => typeof entry[1] === 'string',
	);
	return Object.fromEntries(texts);
}

/** What says whose text it is and which; a node between may have fields of these names for its own. */
const IDENTITY = [
	...(['event', 'threadId', 'sessionId', 'contact', 'sender', 'messagingServiceSid'] as const),
	...(['messageSid', 'messageSids', 'messages', 'reaction'] as const),
	...(['late', 'lateMinutes', 'tooLate', 'contextVariables', 'contextNote'] as const),
];

/**
 * The text that an item answers, and what nodes between have added. Whose text it is says the
 * trigger's item it descends from. Where n8n cannot tell that item, the item's own fields must agree
 * with each other; throws InvalidInputError where they do not.
 */
export function incomingTextOf(
	context: IExecuteFunctions,
	{ json }: INodeExecutionData,
	itemIndex: number,
): IncomingText | undefined {
	const emitted = triggerItemOf(context, itemIndex);
	const own = asIncomingText(json);
	if (!own) return emitted;
	if (!emitted) {
		assertAgrees(own);
		return { ...own, agent: withPrompt(context, own.agent) };
	}
	const identity = IDENTITY.flatMap((name) =>
		emitted[name] === undefined ? [] : [[name, emitted[name]] as const],
	);
	return { ...own, ...Object.fromEntries(identity), agent: agentOf(emitted, json) };
}

/** The item to show where it failed: it too names the person who wrote, where that is certain. */
export function shownItem(
	context: IExecuteFunctions,
	item: INodeExecutionData,
	itemIndex: number,
): INodeExecutionData {
	if (!asIncomingText(item.json)) return item;
	try {
		const incoming = incomingTextOf(context, item, itemIndex);
		if (!incoming) return item;
		const agents = agentsForItem(context, incoming);
		return { ...item, json: inReadingOrder({ ...incoming, ...agents }) };
	} catch {
		return item;
	}
}

/**
 * Only what the trigger itself emitted; nothing a model or a node between may have altered. Throws
 * InvalidInputError where its fields contradict each other, as pinned data may.
 */
export function triggerItemOf(
	context: IExecuteFunctions,
	itemIndex: number,
): IncomingText | undefined {
	const emitted = itemOfTrigger(context, itemIndex, asIncomingText);
	if (emitted) assertAgrees(emitted);
	return emitted;
}

/** The agent that the trigger chose; its prompt may have been rewritten on the way. */
export function agentOf<Agent extends { id: string; smsPrompt: string }>(
	{ agent }: { agent: Agent },
	own: IDataObject,
): Agent {
	const { id, smsPrompt } = (own['agent'] ?? {}) as IDataObject;
	return id === agent.id && typeof smsPrompt === 'string' ? { ...agent, smsPrompt } : agent;
}

/** The items of Send SMS have the trigger's fields, of a text that went out or was left out. */
export function isOfSendSms({ event }: IDataObject): boolean {
	return event === SENT_EVENT || event === SKIPPED_EVENT;
}

/** The item read as a trigger's; undefined where a field that a reply needs is missing. */
export function asIncomingText(json: IDataObject | undefined): IncomingText | undefined {
	if (json === undefined || isOfSendSms(json)) return undefined;
	const agent = json['agent'] as IDataObject | undefined;
	const needed = [
		json['threadId'],
		json['contact'],
		json['sender'],
		json['messageSid'],
		agent?.['id'],
	];
	if (!needed.every((value) => typeof value === 'string' && value !== '')) return undefined;
	return json as unknown as IncomingText;
}
