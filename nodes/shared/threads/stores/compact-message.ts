import type { Author, Direction, Message } from '../../messaging/message';

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
