import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from '../../../../../nodes/shared/messaging/message';
import {
	decodeMessage,
	encodeMessage,
	SID_KEY_BYTES,
} from '../../../../../nodes/shared/threads/stores/redis/message-bytes';

const text: Message = {
	messageSid: 'SM0123456789abcdef0123456789abcdef',
	direction: 'inbound',
	author: 'contact',
	body: 'Is it still free?',
	media: [],
	sender: '+14155550100',
	numSegments: 1,
	at: '2026-01-15T12:00:00.000Z',
};
const back = (message: Message) => decodeMessage(encodeMessage(message));
const sidKey = (messageSid: string) =>
	encodeMessage({ ...text, messageSid }).toString('latin1', 0, SID_KEY_BYTES);

describe('a message in few bytes', () => {
	it('takes at most 75 bytes beside its text', () => {
		expect(encodeMessage(text).length - text.body.length).toBeLessThanOrEqual(75);
	});

	it('gives back every message as it was, whatever its strings hold', () => {
		const any = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
		const message = fc.record<Message>({
			messageSid: fc.oneof(any, fc.constant(text.messageSid)),
			direction: fc.constantFrom('inbound', 'outbound'),
			author: fc.constantFrom('contact', 'agent', 'operator'),
			body: any,
			media: fc.array(fc.record({ url: any, contentType: any }), { maxLength: 3 }),
			sender: any,
			numSegments: fc.nat(),
			at: fc.oneof(any, fc.constant(text.at), fc.constant('2026-01-15T12:00:00Z')),
		});
		fc.assert(fc.property(message, (given) => expect(back(given)).toEqual(given)));
	});

	it('keeps half of an emoji, which is no text that bytes can spell', () => {
		expect(back({ ...text, body: '\ud83d' }).body).toBe('\ud83d');
	});

	it('keeps what few messages have, and what a later version adds', () => {
		const later = { ...text, answers: ['SM1'], language: 'es' };
		expect(back(later)).toEqual(later);
	});

	it('begins with the same bytes for the same SID alone', () => {
		expect(sidKey('SM1')).toBe(sidKey('SM1'));
		const sids = [
			'SM1',
			'SM2',
			'',
			text.messageSid,
			text.messageSid.toUpperCase(),
			`${text.messageSid} `,
		];
		expect(new Set(sids.map(sidKey)).size).toBe(sids.length);
	});
});
