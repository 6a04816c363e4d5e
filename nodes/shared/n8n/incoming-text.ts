import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Media, Message } from '../messaging/message';
import type { MatchedBy } from '../messaging/routing';
import { triggersBefore } from './triggers-before';

/** What Send SMS calls its items. */
export const SENT_EVENT = 'sent';
export const SKIPPED_EVENT = 'skipped';

/** STOP, START and HELP have events of their own, for those who ask for them. */
export type IncomingEvent = 'message' | 'optOut' | 'optIn' | 'help';

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
	/** `body` and `threadId` again, under the names n8n's AI Agent and memory nodes look for. */
	chatInput: string;
	sessionId: string;
}

/**
 * The text that an item answers: the item's own fields or, where a node between has replaced them
 * (an AI Agent gives `output` alone), those of the trigger's item it descends from.
 */
export function incomingTextOf(
	context: IExecuteFunctions,
	item: INodeExecutionData,
	itemIndex: number,
): IncomingText | undefined {
	return asIncomingText(item.json) ?? triggerItemOf(context, itemIndex);
}

/** Only what the trigger itself emitted; nothing a model or a node between may have altered. */
export function triggerItemOf(
	context: IExecuteFunctions,
	itemIndex: number,
): IncomingText | undefined {
	const asTool = context.getNode().type.endsWith('Tool');
	for (const { name } of triggersBefore(context)) {
		const found = asTool
			? onlyItemOf(context, name)
			: asIncomingText(pairedItemJson(context, name, itemIndex));
		if (found) return found;
	}
	return undefined;
}

/** Pinned data answers for any output, so there must be an end. */
const MOST_OUTPUTS = 50;

/**
 * n8n pairs every call of a tool with the first item of its agent, whichever item the call is for.
 * So a tool knows its contact only where all items are of one contact.
 */
function onlyItemOf(context: IExecuteFunctions, nodeName: string): IncomingText | undefined {
	const found = itemsOf(context, nodeName).flatMap(({ json }) => asIncomingText(json) ?? []);
	const threads = new Set(found.map(({ threadId }) => threadId));
	return threads.size === 1 ? found.at(-1) : undefined;
}

/** All items of all outputs; the trigger may have one output for each agent. */
function itemsOf(context: IExecuteFunctions, nodeName: string): INodeExecutionData[] {
	const proxy = context.getWorkflowDataProxy(0) as unknown as {
		$: (name: string) => { all: (branch: number) => INodeExecutionData[] };
	};
	const items: INodeExecutionData[] = [];
	try {
		for (let branch = 0; branch < MOST_OUTPUTS; branch++)
			items.push(...proxy.$(nodeName).all(branch));
	} catch {
		// n8n throws beyond the last output, and where the node has not run in this execution.
	}
	return items;
}

function pairedItemJson(
	context: IExecuteFunctions,
	nodeName: string,
	itemIndex: number,
): IDataObject | undefined {
	const proxy = context.getWorkflowDataProxy(itemIndex) as unknown as {
		$: (name: string) => { item?: INodeExecutionData };
	};
	try {
		return proxy.$(nodeName).item?.json;
	} catch {
		// n8n throws where the node has not run in this execution or the items are not paired.
		return undefined;
	}
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
