import { describe, expect, it } from '@jest/globals';
import { isCutAsTwilioCuts } from '../../../../nodes/shared/twilio/inbound/twilio-form';

const sid = (kind: string, digit = 'a') => kind + digit.repeat(32);
const OF_ACCOUNT = { AccountSid: sid('AC'), ApiVersion: '2010-04-01' };
const PARTIES = { From: '+14155550123', To: '+14155550100' };
const PLACES = Object.fromEntries(
	['From', 'To'].flatMap((who) =>
		['City', 'State', 'Zip', 'Country'].map((what) => [who + what, 'SF']),
	),
);
const TEXT = {
	...{ ...OF_ACCOUNT, ...PARTIES, ...PLACES, Body: 'Hi', NumMedia: '0', NumSegments: '1' },
	...{ MessageSid: sid('SM'), SmsSid: sid('SM'), SmsMessageSid: sid('SM') },
	...{ SmsStatus: 'received', MessagingServiceSid: sid('MG') },
};
const STATUS = {
	...{ ...OF_ACCOUNT, ...PARTIES, MessageSid: sid('SM'), SmsSid: sid('SM') },
	...{ MessageStatus: 'delivered', SmsStatus: 'delivered' },
};
const CALL = {
	...{ ...OF_ACCOUNT, ...PARTIES, ...PLACES, Caller: PARTIES.From, Called: PARTIES.To },
	...{ CallSid: sid('CA'), CallStatus: 'in-progress', Direction: 'inbound' },
};

const GENUINE: Record<string, Record<string, string>> = {
	'a text': TEXT,
	'one without words or service': { ...TEXT, Body: '', MessagingServiceSid: '' },
	'one whose words hold names and SIDs': {
		...TEXT,
		Body: `CallSid${sid('CA')} FromCity MessageSid${sid('SM', 'b')}`,
	},
	'one with pictures': {
		...{ ...TEXT, NumMedia: '1', MediaContentType0: 'image/jpeg' },
		MediaUrl0: `https://api.twilio.com/Accounts/${sid('AC')}/Messages/${sid('MM')}/Media/${sid('ME')}`,
	},
	'one with STOP and with what an add-on tells': {
		...{ ...TEXT, OptOutType: 'STOP' },
		AddOns: `{"status":"successful","results":{"request_sid":"${sid('XR')}"}}`,
	},
	'one at the fallback': { ...TEXT, ErrorCode: '11200', ErrorUrl: 'https://n8n.example/w' },
	'one of WhatsApp': {
		...{ ...TEXT, From: 'whatsapp:+14155550123', ProfileName: 'To FromCity', WaId: '1415' },
		...{ OriginalRepliedMessageSid: sid('SM', 'd'), ChannelMetadata: '{"type":"whatsapp"}' },
	},
	'what became of a text': STATUS,
	'what became of one from a name': { ...STATUS, From: 'Country Inn' },
	'a call': { ...CALL, StirVerstat: 'TN-Validation-Passed-A', CallToken: '%7B%22p%22%7D' },
	'one of a withheld number': { ...CALL, From: '', Caller: '' },
	'one of an internet phone': {
		...{ ...CALL, From: 'sip:ann@x.sip.twilio.com', SipDomainSid: sid('SD') },
		...{ 'SipHeader_X-Twilio-CallSid': sid('CA', 'e'), 'SipHeader_P-Asserted-Identity': 'a' },
	},
	'how the ringing ended': {
		...{ ...CALL, DialCallSid: sid('CA', 'e'), DialCallStatus: 'no-answer' },
		...{ ParentCallSid: sid('CA', 'f'), DialBridged: 'false', SipResponseCode: '487' },
	},
	'a key that was pressed': { ...CALL, Digits: '1', msg: 'Gather End' },
	'a recording': {
		...{ ...OF_ACCOUNT, CallSid: sid('CA'), RecordingSid: sid('RE') },
		...{ RecordingStatus: 'completed', RecordingUrl: 'https://api.twilio.com/r' },
	},
};

describe('a form that Twilio sends', () => {
	it.each(Object.entries(GENUINE))('is cut as Twilio cuts: %s', (_, form) => {
		expect(isCutAsTwilioCuts(form)).toBe(true);
	});

	it.each([
		['a text of nobody', { ...TEXT, From: undefined }],
		[
			'a place of whoever writes in their number',
			{ ...TEXT, From: 'CitySF', FromCity: undefined },
		],
		[
			'a text that poses as what became of one',
			{ ...TEXT, MessageStatus: 'sent', From: undefined },
		],
		[
			'an incoming text that was a status',
			{ ...STATUS, MessageStatus: 'received', From: undefined },
		],
		['a name that is none', { ...TEXT, hidden: 'x' }],
	])('is not %s', (_, form) => {
		const given = Object.entries(form).filter(([, value]) => value !== undefined);
		expect(isCutAsTwilioCuts(Object.fromEntries(given) as Record<string, string>)).toBe(false);
	});
});
