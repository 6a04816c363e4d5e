import { InvalidInputError } from '../../messaging/invalid-input-error';
import { faultyFieldOf, type Author, type Direction, type Message } from '../../messaging/message';
import { UnreadableError } from './stored-data';

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

const DIRECTIONS: Direction[] = ['inbound', 'outbound'];
const AUTHORS: Author[] = ['contact', 'agent', 'operator'];
const KINDS = new Map(
	DIRECTIONS.flatMap((direction) =>
		AUTHORS.map((author) => [kindOf(direction, author), { direction, author }] as const),
	),
);

function kindOf(direction: Direction, author: Author): string {
	return direction.charAt(0) + author.charAt(0);
}

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
	const list: CompactMessage = [kindOf(direction, author), at, sender, numSegments, body];
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

/** Takes back what `compactMessage` did. Throws UnreadableError for what it cannot have made. */
export function fullMessage(messageSid: string, found: unknown): Message {
	if (!Array.isArray(found)) throw unreadable(messageSid);
	const [kind, at, sender, numSegments, body, rest] = found as Partial<CompactMessage>;
	const by = kind === undefined ? undefined : KINDS.get(kind);
	if (
		by === undefined ||
		typeof at !== 'string' ||
		typeof sender !== 'string' ||
		typeof numSegments !== 'number' ||
		typeof body !== 'string'
	) {
		throw unreadable(messageSid);
	}
	const message: Message = {
		messageSid,
		direction: by.direction,
		author: by.author,
		body,
		media: [],
		sender,
		numSegments,
		at,
	};
	if (rest === undefined) return message;
	const whole = { ...message, ...rest };
	if (faultyFieldOf(whole) !== undefined) throw unreadable(messageSid);
	return whole;
}

function unreadable(messageSid: string): UnreadableError {
	return new UnreadableError(
		`its message ${messageSid} is of a kind that this version does not know`,
	);
}
