import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ApiClient } from './support/api-client';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';
import type { AccountRecord } from '../../emulator/twilio/records';

const OURS = '+14155550100';
const CONTACT = '+12065550142';
const CONSENT = {
	contact_id: CONTACT,
	correlation_id: 'ad388b5a46b33b874b0d41f7226db2ef',
	sender_id: OURS,
	status: 'opt-out',
	source: 'website',
};

let twilio: TwilioEmulator;
let account: AccountRecord;
let api: ApiClient;

beforeEach(async () => {
	twilio = await startTwilioEmulator();
	account = twilio.addAccount();
	twilio.addNumber(account.accountSid, { phoneNumber: OURS });
	api = new ApiClient(twilio.baseUrl, account);
});
afterEach(() => twilio.close());

it('sends a text of the Console, which is on the list as any other', async () => {
	const sent = await fetch(`${twilio.baseUrl}/_emulator/console-texts`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ from: OURS, to: CONTACT, body: 'This is Ann' }),
	});
	expect(sent.status).toBe(201);
	await twilio.waitForMessage(({ status }) => status === 'delivered');
	const { json } = await api.get(api.under('Messages.json'));
	expect(json['messages']).toMatchObject([
		{ direction: 'outbound-api', from: OURS, to: CONTACT, body: 'This is Ann' },
	]);
	expect(() => twilio.textFromConsole({ from: CONTACT, to: OURS, body: 'No' })).toThrow(
		'none of our numbers',
	);
});

it('answers no keyword where the account has that switched off', async () => {
	account.answersKeywords = false;
	await twilio.textFromContact({ from: CONTACT, to: OURS, body: 'STOP' });
	expect(twilio.messages({ direction: 'outbound' })).toEqual([]);
	expect(twilio.isOptedOut(CONTACT, OURS)).toBe(false);
});

it.each([
	['INVALID_CORRELATION_ID', { correlation_id: '1' }],
	['INVALID_SENDER_ID', { sender_id: 'Bright Dental' }],
	['INVALID_CONTACT_ID', { contact_id: '415 555' }],
	['INVALID_STATUS', { status: 'optedOut' }],
	['INVALID_SOURCE', { source: 'sms' }],
])('refuses a consent with %s, and takes the others of the request', async (problem, wrong) => {
	const Items = [{ ...CONSENT, ...wrong }, CONSENT].map((item) => JSON.stringify(item));
	const { status, json } = await api.post('/v1/Consents/Bulk', { Items });
	expect(status).toBe(201);
	expect(json['items']).toMatchObject([
		{ error_code: 30646, error_messages: [problem] },
		{ correlation_id: CONSENT.correlation_id, error_code: 0, error_messages: [] },
	]);
	expect(twilio.consents).toHaveLength(1);
	expect((await api.send({ From: OURS, To: CONTACT, Body: 'Hi' })).json['code']).toBe(21610);
});
