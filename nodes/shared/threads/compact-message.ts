import { createHash } from 'node:crypto';
import type { Author, Direction, Message } from '../messaging/message';

/** Every stored message begins with this many bytes that stand for its SID. */
export const SID_KEY_BYTES = 18;

const TWILIO_SID = /^[A-Z]{2}[0-9a-f]{32}$/;

type Tuple = [
	/** First letters of direction and author. */
	kind: string,
	at: number | string,
	sender: string,
	numSegments: number,
	body: string,
	/** What few messages have, under its own name; also what a later version may add. */
	rest?: Partial<Message>,
];

const AUTHORS: Record<string, Author> = { c: 'contact', a: 'agent', o: 'operator' };

/**
 * A message in about 60 bytes plus its text: 18 bytes for the SID, then a JSON list. JSON, so that
 * every string comes back as it was; a list, because names would be a third of a stored text.
 */
export function encodeMessage(message: Message): Buffer {
	const { messageSid, direction, author, at, sender, numSegments, body, media, ...others } =
		message;
	const rest: Partial<Message> = {
		...(media.length > 0 ? { media } : {}),
		...(TWILIO_SID.test(messageSid) ? {} : { messageSid }),
		...others,
	};
	const tuple: Tuple = [
		direction.charAt(0) + author.charAt(0),
		compactTime(at),
		sender,
		numSegments,
		body,
	];
	if (Object.keys(rest).length > 0) tuple.push(rest);
	return Buffer.concat([sidKey(messageSid), Buffer.from(JSON.stringify(tuple))]);
}

export function decodeMessage(stored: Buffer): Message {
	const [kind, at, sender, numSegments, body, rest] = JSON.parse(
		stored.toString('utf8', SID_KEY_BYTES),
	) as Tuple;
	const direction: Direction = kind.startsWith('i') ? 'inbound' : 'outbound';
	return {
		messageSid: rest?.messageSid ?? spelledSid(stored),
		direction,
		author: AUTHORS[kind.charAt(1)] ?? 'operator',
		body,
		media: [],
		sender,
		numSegments,
		at: typeof at === 'number' ? new Date(at).toISOString() : at,
		...rest,
	};
}

/** Milliseconds where they say the same. */
function compactTime(at: string): number | string {
	const ms = Date.parse(at);
	return Number.isFinite(ms) && new Date(ms).toISOString() === at ? ms : at;
}

/** Twilio's SIDs as their two letters and 16 bytes; any other id by a digest that no SID can equal. */
function sidKey(messageSid: string): Buffer {
	if (TWILIO_SID.test(messageSid)) {
		return Buffer.concat([
			Buffer.from(messageSid.slice(0, 2)),
			Buffer.from(messageSid.slice(2), 'hex'),
		]);
	}
	const digest = createHash('sha256').update(messageSid).digest().subarray(0, 16);
	return Buffer.concat([Buffer.from([0, 0]), digest]);
}

function spelledSid(stored: Buffer): string {
	return stored.toString('latin1', 0, 2) + stored.toString('hex', 2, SID_KEY_BYTES);
}
