import { createHash } from 'node:crypto';
import type { Message } from '../../../messaging/message';
import { messageText, fullMessage } from '../compact-message';
import { parsed } from '../stored-data';

/** Every stored message begins with this many bytes that stand for its SID. */
export const SID_KEY_BYTES = 18;

const TWILIO_SID = /^[A-Z]{2}[0-9a-f]{32}$/;

/** A message in about 70 bytes plus its text: 18 bytes for the SID, then a JSON list. */
export function encodeMessage(message: Message): Buffer {
	const { messageSid } = message;
	const text = messageText(message, TWILIO_SID.test(messageSid) ? {} : { messageSid });
	return Buffer.concat([sidKey(messageSid), Buffer.from(text)]);
}

/** Throws UnreadableError. */
export function decodeMessage(stored: Buffer): Message {
	return fullMessage(spelledSid(stored), parsed(stored.toString('utf8', SID_KEY_BYTES)));
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
