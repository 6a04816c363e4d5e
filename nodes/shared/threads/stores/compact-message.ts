import { InvalidInputError } from '../../messaging/invalid-input-error';
import { faultyFieldOf, type Author, type Direction, type Message } from '../../messaging/message';

/** A message as a JSON list: with the fields' names it would be nearly twice as long. */
export type CompactMessage = [
	/** First letters of direction and author. */
	kind: string,
	at: string,
	sender: string,
	numSegments: number,
	body: string,
	/** What few messages have, under its own name; also what a later version may add. */
	rest?: Partial<Message>,
];

const AUTHORS: Record<string, Author> = { c: 'contact', a: 'agent', o: 'operator' };

/** All of a message but its SID, which every store keeps apart. */
export function compactMessage({
	messageSid: _,
	direction,
	author,
	at,
	sender,
	numSegments,
	body,
	media,
	...others
}: Message): CompactMessage {
	const rest: Partial<Message> = { ...(media.length > 0 ? { media } : {}), ...others };
	const list: CompactMessage = [
		direction.charAt(0) + author.charAt(0),
		at,
		sender,
		numSegments,
		body,
	];
	if (Object.keys(rest).length > 0) list.push(rest);
	return list;
}

/**
 * A message in JSON, as the stores take it in. Throws InvalidInputError for what could not be read
 * back: a message may come out of an item, where any node can have put anything.
 *
 * @param besides what is to be kept with it under names of its own.
 */
export function messageText(message: Message, besides: Partial<Message> = {}): string {
	const faulty = faultyFieldOf(message);
	if (faulty !== undefined) throw notKept(`its field "${faulty}" is missing or of another kind`);
	const list = compactMessage(message);
	if (Object.keys(besides).length > 0) list[5] = { ...list[5], ...besides };
	try {
		return JSON.stringify(list);
	} catch {
		throw notKept('it holds what cannot be written down as JSON');
	}
}

function notKept(cause: string): InvalidInputError {
	return new InvalidInputError({
		field: 'Messages',
		cause: `one of them cannot be kept: ${cause}`,
		fix: 'Look for a node between the trigger and this one that changes "messages", and let it use another name.',
	});
}

export function fullMessage(
	messageSid: string,
	[kind, at, sender, numSegments, body, rest]: CompactMessage,
): Message {
	const direction: Direction = kind.startsWith('i') ? 'inbound' : 'outbound';
	const message: Message = {
		messageSid,
		direction,
		author: AUTHORS[kind.charAt(1)] ?? 'operator',
		body,
		media: [],
		sender,
		numSegments,
		at,
	};
	return rest === undefined ? message : { ...message, ...rest };
}
