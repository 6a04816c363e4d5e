import { parse } from 'node:querystring';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks';
import { isSignedByTwilio } from '../../../../nodes/shared/twilio/inbound/inbound-webhook';
import {
	CALL,
	CALL_URL,
	SIGNED_BY_TWILIO,
	SMS,
	SMS_SIGNATURE,
	SMS_URL,
	TOKEN,
} from '../../../support/signed-by-twilio';

describe("Twilio's signature", () => {
	it.each([
		...SIGNED_BY_TWILIO,
		['the port that https has anyway', CALL_URL, CALL, 'kvajT1Ptam85bY51eRf/AJRuM3w='],
		[
			'the port that http has anyway',
			CALL_URL.replace('https', 'http'),
			CALL,
			'0ZXoZLH/DfblKGATFgpif+LLRf4=',
		],
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
