import { describe, expect, it } from '@jest/globals';
import {
	MalformedWebhookError,
	parseInboundWebhook,
	type InboundMessage,
} from '../../../../nodes/shared/twilio/inbound/inbound-webhook';

const SID = `SM${'1'.repeat(32)}`;
const FORM = {
	MessageSid: SID,
	SmsSid: SID,
	SmsMessageSid: SID,
	AccountSid: `AC${'0'.repeat(32)}`,
	From: '+14155550123',
	To: '+14155550100',
	Body: 'Hello',
	NumMedia: '0',
	NumSegments: '1',
	SmsStatus: 'received',
	ApiVersion: '2010-04-01',
	FromCity: '',
};

function without(...fields: string[]): Record<string, string> {
	return Object.fromEntries(Object.entries(FORM).filter(([name]) => !fields.includes(name)));
}

function messageOf(form: unknown): InboundMessage {
	const webhook = parseInboundWebhook(form);
	if (webhook.kind !== 'message') throw new Error(`parsed as ${webhook.kind}`);
	return webhook.message;
}

describe('an inbound webhook', () => {
	it('is a message, with what a reply needs', () => {
		expect(messageOf({ ...FORM, MessagingServiceSid: `MG${'2'.repeat(32)}` })).toEqual({
			messageSid: SID,
			accountSid: FORM.AccountSid,
			from: '+14155550123',
			to: '+14155550100',
			messagingServiceSid: `MG${'2'.repeat(32)}`,
			body: 'Hello',
			media: [],
			numSegments: 1,
		});
	});

	it('keeps the blanks around the words', () => {
		expect(messageOf({ ...FORM, Body: ' Hi \n' }).body).toBe(' Hi \n');
	});

	it('is a message where it holds a picture and no words', () => {
		const message = messageOf({
			...FORM,
			Body: '',
			NumMedia: '2',
			MediaUrl0: 'https://api.twilio.com/1',
			MediaContentType0: 'image/jpeg',
			MediaUrl1: 'https://api.twilio.com/2',
		});
		expect(message.body).toBe('');
		expect(message.media).toEqual([
			{ url: 'https://api.twilio.com/1', contentType: 'image/jpeg' },
			{ url: 'https://api.twilio.com/2', contentType: 'application/octet-stream' },
		]);
	});

	it('is a message where Body and NumMedia are left out', () => {
		expect(messageOf(without('Body', 'NumMedia', 'NumSegments'))).toMatchObject({
			body: '',
			media: [],
			numSegments: 1,
		});
	});

	it("tells Twilio's verdict on a consent word, and the address that failed", () => {
		const message = messageOf({ ...FORM, OptOutType: 'STOP', ErrorUrl: 'https://a/b' });
		expect(message).toMatchObject({ optOutType: 'STOP', failedUrl: 'https://a/b' });
	});

	it('passes over fields it does not know', () => {
		expect(messageOf({ ...FORM, ChannelMetadata: '{}', __proto__: null })).toMatchObject({
			body: 'Hello',
		});
	});

	it('takes the first of a repeated field', () => {
		expect(messageOf({ ...FORM, Body: ['one', 'two'] }).body).toBe('one');
	});

	it.each(['queued', 'sent', 'delivered', 'undelivered', 'failed'])(
		'is a status callback where the message is %s',
		(status) => {
			const callback = { ...without('Body', 'SmsStatus'), MessageStatus: status };
			expect(parseInboundWebhook(callback)).toEqual({
				kind: 'statusCallback',
				messageSid: SID,
				status,
			});
		},
	);

	it.each([
		['whatsapp:+14155550123', 'whatsapp'],
		['messenger:123456', 'messenger'],
		['rcs:agent', 'rcs'],
	])('from %s is of a channel that this is not', (From, channel) => {
		expect(parseInboundWebhook({ ...FORM, From })).toEqual({
			kind: 'unsupportedChannel',
			channel,
		});
	});

	it.each([
		['nothing', undefined],
		['a text', 'MessageSid=SM1'],
		['an empty form', {}],
		['no sender', { ...FORM, From: '' }],
		['no recipient', { ...FORM, To: ['', ''] }],
		['a sender with blanks', { ...FORM, From: '+1 415 555' }],
		['an object for a SID', { ...FORM, MessageSid: {}, SmsSid: {}, SmsMessageSid: {} }],
		['an endless SID', { ...FORM, MessageSid: 'S'.repeat(65) }],
	])('is refused where it holds %s', (_what, form) => {
		expect(() => parseInboundWebhook(form)).toThrow(MalformedWebhookError);
	});

	it('reads a form without a prototype, as n8n hands it over', () => {
		const form: unknown = Object.assign(Object.create(null) as object, FORM);
		expect(messageOf(form).from).toBe('+14155550123');
	});

	it('does not take a field from the prototype', () => {
		const form: unknown = Object.create({ ...FORM });
		expect(() => parseInboundWebhook(form)).toThrow(MalformedWebhookError);
	});
});
