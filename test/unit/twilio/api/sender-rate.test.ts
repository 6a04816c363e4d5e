import { describe, expect, it } from '@jest/globals';
import { NoAnswerError } from '../../../../nodes/shared/http/http-client';
import { readSenderRate, type Sender } from '../../../../nodes/shared/twilio/api/sender-rate';
import { twilioClient } from '../../../../nodes/shared/twilio/api/twilio-client';
import { scriptedHttp } from '../../../support/scripted-http';

const SERVICE = `MG${'0'.repeat(32)}`;
const US = '+14155550100';
const account = { accountSid: `AC${'0'.repeat(32)}`, apiBaseUrl: 'https://api.twilio.com' };
const refused = { status: 403, body: '{"code":20403,"message":"Forbidden","status":403}' };
const missing = { status: 404, body: '{"code":20404,"message":"Not found","status":404}' };
const campaign = (rate_limits: unknown, campaign_status = 'VERIFIED') => ({
	body: JSON.stringify({ compliance: [{ campaign_status, rate_limits }] }),
});
const numbers = (...list: string[]) => ({
	body: JSON.stringify({ phone_numbers: list.map((phone_number) => ({ phone_number })) }),
});
const shortCodes = (...list: string[]) => ({
	body: JSON.stringify({ short_codes: list.map((short_code) => ({ short_code })) }),
});
const read = async (sender: Sender, ...answers: Parameters<typeof scriptedHttp>) => {
	const http = scriptedHttp(...answers);
	const rate = await readSenderRate(twilioClient(account, http.client), sender);
	return {
		rate,
		paths: http.requests.map(({ url }) => url.split('/v1/Services/MG')[1]?.slice(33)),
	};
};

describe('readSenderRate', () => {
	it.each([
		[US, 1],
		['+14165550100', 1],
		['+18335550100', 3],
		['+447700900123', 10],
		['72345', 100],
		['SUPPORT', 10],
	])('knows of %s without asking', async (from, segmentsPerSecond) => {
		expect(await read({ from })).toEqual({
			rate: { segmentsPerSecond, source: 'usual' },
			paths: [],
		});
	});

	it('believes an approved campaign, and its slowest carrier', async () => {
		const limits = { att: { mps: 4, msg_class: 'E' }, other: { mps: '1.25' }, tmobile: {} };
		expect(await read({ messagingServiceSid: SERVICE }, campaign(limits))).toEqual({
			rate: { segmentsPerSecond: 1.25, source: 'twilio' },
			paths: ['Compliance/Usa2p'],
		});
	});

	it('gives a number of a pool what the campaign allows, or its own where that is not for it', async () => {
		const messagingServiceSid = SERVICE;
		const sender = async (from: string) =>
			(await read({ from, messagingServiceSid }, campaign({ att: { mps: 4 } }))).rate;
		expect(await sender(US)).toEqual({ segmentsPerSecond: 4, source: 'twilio' });
		expect(await sender('+18335550100')).toEqual({ segmentsPerSecond: 3, source: 'usual' });
	});

	it.each([
		['no campaign', { body: '{"compliance":[]}' }],
		['one that waits for approval', campaign({ att: { mps: 40 } }, 'PENDING')],
		['one without a rate', campaign(null)],
		['one that may not be read', refused],
		['another sort of answer', { body: 'null' }],
		['an empty answer', { body: '' }],
		['no answer', new NoAnswerError('messaging.twilio.com', 'ETIMEDOUT')],
	])('adds up the pool where there is %s', async (_, answer) => {
		const pool = [numbers(US, '+18335550100'), shortCodes('72345')];
		expect(await read({ messagingServiceSid: SERVICE }, answer, ...pool)).toEqual({
			rate: { segmentsPerSecond: 104, source: 'usual' },
			paths: ['Compliance/Usa2p', 'PhoneNumbers?PageSize=1000', 'ShortCodes?PageSize=1000'],
		});
	});

	it('says nothing of a pool that is empty or cannot be read', async () => {
		const sender = { messagingServiceSid: SERVICE };
		const unread = await read(sender, missing, missing, missing);
		expect(unread.rate).toBeUndefined();
		const empty = await read(sender, missing, numbers(), shortCodes());
		expect(empty.rate).toBeUndefined();
	});

	it('ends with the execution', async () => {
		const stopped = Object.assign(new Error('stopped'), { name: 'AbortError' });
		await expect(read({ messagingServiceSid: SERVICE }, stopped)).rejects.toBe(stopped);
	});
});
