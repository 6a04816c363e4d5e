import type { IExecuteFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { quoted } from '../shared/messaging/text-bounds';
import { parseThreadId } from '../shared/messaging/thread-id';
import { conversationsOfRun } from '../shared/n8n/items/conversation';
import { assertOwnAccount } from '../shared/n8n/items/own-account';
import { THREAD_ID } from './fields';

/** The conversation that an agent is to remember. */
export interface Remembered {
	threadId: string;
	/** SIDs of the texts that the run answers. */
	turn: string[];
}

/**
 * The thread of the Thread ID field or, where it is empty, of the text or call that the run began with.
 * Throws InvalidInputError where there is none and where there are several: n8n's agent asks for the
 * memory of its first item and takes it for all, so one contact would be told of another.
 */
export function whoseThread(context: IExecuteFunctions): Remembered {
	const conversations = conversationsOfRun(context);
	const typed = typedThreads(context);
	const ofRun = conversations.map(({ threadId }) => threadId);
	const [threadId, ...others] = new Set(typed.length > 0 ? typed : ofRun);
	if (threadId === undefined) throw noThread();
	if (others.length > 0) throw several(others.length + 1, typed.length > 0);
	assertOwnAccount(context, threadId, undefined);
	const ofThread = conversations.filter((one) => one.threadId === threadId);
	return { threadId, turn: ofThread.flatMap(({ turnSids }) => turnSids ?? []) };
}

/** What the field comes to for each item of the agent; nothing where it is empty. */
function typedThreads(context: IExecuteFunctions): string[] {
	const items = Math.max(1, context.getInputData(0, 'main').length);
	return Array.from({ length: items }, (_, item) => typedThread(context, item)).flat();
}

function typedThread(context: IExecuteFunctions, itemIndex: number): string[] {
	const value = context.getNodeParameter('threadId', itemIndex, '') as unknown;
	const typed = typeof value === 'string' ? value.trim() : '';
	if (typed === '' || parseThreadId(typed)) return typed === '' ? [] : [typed];
	throw new InvalidInputError({
		field: THREAD_ID,
		cause: `${quoted(typed)} is not the ID of a thread`,
		fix: 'Take the field "threadId" of an item of SMS Agent, Send SMS or a trigger.',
	});
}

function noThread(): InvalidInputError {
	return new InvalidInputError({
		field: THREAD_ID,
		cause: 'it is empty, and neither an incoming text nor a missed call started this run',
		fix: `Connect an Incoming SMS Trigger or a Missed Call Trigger before the agent or, where there is none, take the field "threadId" of an item of SMS Agent or Send SMS for ${THREAD_ID}.`,
	});
}

function several(count: number, isTyped: boolean): InvalidInputError {
	return new InvalidInputError({
		field: isTyped ? THREAD_ID : 'Input',
		cause: `the items of this run are of ${count} conversations, and n8n's agent has one memory for all of its items: a contact would be told what another has written`,
		fix: 'Let each run be about one contact, such as by a sub-workflow that is run once for each item.',
	});
}
