import type { IDataObject } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { faultyFieldOf, isMediaList, type Message } from '../../messaging/message';
import { MESSAGING_SERVICE_SID } from '../../messaging/sid-shapes';
import { parseThreadId } from '../../messaging/thread-id';

/** What is wrong with an item's fields. */
interface Fault {
	field: string;
	cause: string;
}

/**
 * Throws InvalidInputError where the fields of an item contradict each other, or are not what a
 * trigger or Send SMS puts there: whom it is about would be a guess.
 */
export function assertAgrees(json: object): void {
	const fault = faultIn(json as IDataObject);
	if (!fault) return;
	throw new InvalidInputError({
		field: 'Input',
		cause: `the field "${fault.field}" of this item ${fault.cause}, so it is not certain whom it is about; nothing was sent`,
		fix: `Look for the node before this one that adds or changes "${fault.field}", and give its field another name. n8n could not tell which item of the trigger this one came from, as after a Code node or an Aggregate, so only the item's own fields can say.`,
	});
}

/** Whether the fields agree. */
export function agrees(json: IDataObject): boolean {
	return faultIn(json) === undefined;
}

const EVENTS = [
	...['message', 'optOut', 'optIn', 'help', 'reaction', 'threadEnded', 'threadIdle'],
	...['missedCall', 'sent', 'skipped'],
];

/** What a field must be where the item has it, and how it is called. */
const KINDS: Array<[field: string, kind: string, isSound: (value: unknown) => boolean]> = [
	['event', `one of ${EVENTS.join(', ')}`, (value) => EVENTS.includes(asText(value))],
	['sender', 'a text', isText],
	['messagingServiceSid', 'the SID of a Messaging Service', isService],
	['messageSid', 'the SID of a message', isText],
	['body', 'a text', isText],
	['media', 'a list of files', isMediaList],
	['numSegments', 'a number', Number.isFinite],
	['receivedAt', 'a time', (value) => !Number.isNaN(Date.parse(asText(value)))],
];

/** A node between may leave a field out, or empty it. */
function isThere(value: unknown): boolean {
	return value !== undefined && value !== null && value !== '';
}

function isText(value: unknown): value is string {
	return typeof value === 'string';
}

function asText(value: unknown): string {
	return isText(value) ? value : '';
}

function isService(value: unknown): boolean {
	return isText(value) && MESSAGING_SERVICE_SID.test(value);
}

function faultIn(json: IDataObject): Fault | undefined {
	return (
		strangerIn(json) ??
		KINDS.flatMap(([field, kind, isSound]) =>
			isThere(json[field]) && !isSound(json[field])
				? [{ field, cause: `is not ${kind}` }]
				: [],
		)[0] ??
		strayMessageIn(json)
	);
}

/** The thread's id says who writes to which agent; the other fields must not say otherwise. */
function strangerIn(json: IDataObject): Fault | undefined {
	const { threadId, contact, agent, sessionId, to, from, sender } = json;
	const thread = isText(threadId) ? parseThreadId(threadId) : undefined;
	if (!thread) return { field: 'threadId', cause: 'is not the ID of a conversation' };
	const another = (field: string, told: unknown, than: string) => ({
		field,
		cause: `(${shown(told)}) is of another conversation than "${than}" (${shown(json[than])})`,
	});
	if (contact !== thread.contact) return another('contact', contact, 'threadId');
	const { id } = (agent ?? {}) as IDataObject;
	if (id !== thread.agentId) return another('agent', id, 'threadId');
	// Whether the account is ours says `assertOwnAccount`.
	if (isThere(sessionId) && sessionId !== threadId)
		return another('sessionId', sessionId, 'threadId');
	if (!isOfSending(json)) return undefined;
	if (isThere(to) && to !== contact) return another('to', to, 'contact');
	if (isThere(from) && isThere(sender) && from !== sender) return another('from', from, 'sender');
	return undefined;
}

function isOfSending({ event }: IDataObject): boolean {
	return event === 'sent' || event === 'skipped';
}

/** The texts that an incoming text stands for are its own. */
function strayMessageIn(json: IDataObject): Fault | undefined {
	const { messageSids, messages, sender } = json;
	const messageSid = asText(json['messageSid']);
	if (isThere(messageSids) && !(Array.isArray(messageSids) && messageSids.every(isText))) {
		return { field: 'messageSids', cause: 'is not a list of SIDs of messages' };
	}
	if (isThere(messageSids) && !(messageSids as unknown[]).includes(messageSid)) {
		const apart = isThere(messages) ? sidsIn(messages).includes(messageSid) : true;
		const field = apart ? 'messageSids' : 'messageSid';
		return { field, cause: 'is of other texts than the rest of the item' };
	}
	if (!isThere(messages) || (Array.isArray(messages) && messages.length === 0)) return undefined;
	if (!Array.isArray(messages)) return { field: 'messages', cause: 'is not a list of texts' };
	for (const one of messages as unknown[]) {
		const faulty = faultyFieldOf(one) ?? notFromContact(one as Message);
		if (faulty === undefined) continue;
		return { field: 'messages', cause: `does not hold the contact's texts (see "${faulty}")` };
	}
	const sids = sidsIn(messages);
	if (!sids.includes(messageSid)) {
		return { field: 'messageSid', cause: 'is not among the texts in "messages"' };
	}
	if (isThere(messageSids) && sids.some((sid) => !(messageSids as unknown[]).includes(sid))) {
		return { field: 'messageSids', cause: 'does not name the texts in "messages"' };
	}
	if (
		isThere(sender) &&
		(messages as unknown as Message[]).every((one) => one.sender !== sender)
	) {
		return { field: 'sender', cause: `(${shown(sender)}) is not the number that was texted` };
	}
	return undefined;
}

function notFromContact({ direction, author }: Message): string | undefined {
	return direction === 'inbound' && author === 'contact' ? undefined : 'direction';
}

function sidsIn(messages: unknown): string[] {
	if (!Array.isArray(messages)) return [];
	return messages.map((one: Partial<Message> | null) => asText(one?.messageSid));
}

/** Whatever stands there, short enough for an error. */
function shown(value: unknown): string {
	return isText(value) ? value.slice(0, 80) : typeof value;
}
