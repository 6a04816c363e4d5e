import { parse } from 'node:querystring';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks';
import { isSignedByTwilio } from '../../../nodes/shared/twilio/signature';

const TOKEN = '12345';
const URL_WITH_QUERY = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const CALL = {
	CallSid: 'CA1234567890ABCDE',
	Caller: '+14158675309',
	Digits: '1234',
	From: '+14158675309',
	To: '+18005551212',
};
const SMS_URL = 'https://n8n.example.com/webhook/6c1e/twilio';
const SMS = {
	AccountSid: 'AC00000000000000000000000000000001',
	ApiVersion: '2010-04-01',
	Body: ' Hi & é 👋 ',
	From: '+14017122661',
	FromCity: '',
	FromZip: '94103',
	MessageSid: 'SM00000000000000000000000000000001',
	NumMedia: '0',
	NumSegments: '1',
	SmsStatus: 'received',
	To: '+15558675310',
	ToCity: '',
};
const SMS_SIGNATURE = 'WOIu6EbqmCi/WJAfWQAFcRcg0Vo=';

describe("Twilio's signature", () => {
	it.each([
		['a form', URL_WITH_QUERY, CALL, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
		[
			"the documentation's example",
			'https://example.com/myapp.php?foo=1&bar=2',
			{ ...CALL, Caller: '+14158675310', From: '+14158675310' },
			'L/OH5YylLD5NRKLltdqwSvS0BnU=',
		],
		[
			'repeated fields, each value once',
			URL_WITH_QUERY,
			{ Sid: 'CA123', SidAccount: 'AC123', Digits: ['5678', '1234', '1234'] },
			'IK+Dwps556ElfBT0I3Rgjkr1wJU=',
		],
		['the port that https has anyway', URL_WITH_QUERY, CALL, 'kvajT1Ptam85bY51eRf/AJRuM3w='],
		[
			'the port that http has anyway',
			URL_WITH_QUERY.replace('https', 'http'),
			CALL,
			'0ZXoZLH/DfblKGATFgpif+LLRf4=',
		],
		['a text with blanks at both ends and empty fields', SMS_URL, SMS, SMS_SIGNATURE],
	])('is recognised over %s', (_what, url, form, signature) => {
		expect(isSignedByTwilio({ url, form, signature }, [TOKEN])).toBe(true);
	});

	it.each([
		['another token', { url: SMS_URL, form: SMS, signature: SMS_SIGNATURE }, ['54321']],
		['no token', { url: SMS_URL, form: SMS, signature: SMS_SIGNATURE }, []],
		[
			'an empty token, which anybody has',
			{
				url: SMS_URL,
				form: SMS,
				signature: getExpectedTwilioSignature('', SMS_URL, SMS),
			},
			[''],
		],
		['no signature', { url: SMS_URL, form: SMS, signature: undefined }, [TOKEN]],
		['an empty signature', { url: SMS_URL, form: SMS, signature: '' }, [TOKEN]],
		[
			'another body',
			{ url: SMS_URL, form: { ...SMS, Body: 'Hi' }, signature: SMS_SIGNATURE },
			[TOKEN],
		],
		[
			'one more field',
			{ url: SMS_URL, form: { ...SMS, Extra: '' }, signature: SMS_SIGNATURE },
			[TOKEN],
		],
		['another path', { url: `${SMS_URL}/`, form: SMS, signature: SMS_SIGNATURE }, [TOKEN]],
	])('is refused with %s', (_what, request, tokens) => {
		expect(isSignedByTwilio(request, tokens)).toBe(false);
	});

	it('is recognised with either of two tokens, as during a rotation', () => {
		const request = { url: SMS_URL, form: SMS, signature: SMS_SIGNATURE };
		expect(isSignedByTwilio(request, ['the-new-one', TOKEN])).toBe(true);
	});

	it("agrees with the SDK on any form, port and query that goes through n8n's form parser", () => {
		const value = fc.oneof(
			fc.string({ unit: 'grapheme' }),
			fc.constant(''),
			fc.constant(' a '),
		);
		const pairs = fc.array(fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), value));
		const url = fc
			.tuple(
				fc.constantFrom('https', 'http'),
				fc.constantFrom('', ':443', ':80', ':5678'),
				pairs,
			)
			.map(
				([scheme, port, query]) =>
					`${scheme}://n8n.example.com${port}/webhook/6c1e/twilio?${new URLSearchParams(query).toString()}`,
			);
		fc.assert(
			fc.property(url, pairs, (address, fields) => {
				const body = new URLSearchParams(fields).toString();
				const form = { ...parse(body) } as Record<string, string | string[]>;
				const signature = getExpectedTwilioSignature(TOKEN, address, form);
				const signed = { url: address, form, signature };
				expect(isSignedByTwilio(signed, [TOKEN])).toBe(true);
				expect(isSignedByTwilio(signed, [`${TOKEN}6`])).toBe(false);
			}),
		);
	});
});
