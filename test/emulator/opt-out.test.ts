import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from './support/api-client';
import { startWebhookApp, type WebhookApp } from './support/webhook-app';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';
import type { AccountRecord } from '../../emulator/twilio/records';

const CONTACT = '+12065550142';
const OURS = '+14155550100';
const SECOND = '+14155550111';

let app: WebhookApp;
let twilio: TwilioEmulator;
let account: AccountRecord;
let api: ApiClient;

beforeEach(async () => {
	app = await startWebhookApp();
	twilio = await startTwilioEmulator();
	account = twilio.addAccount();
	for (const phoneNumber of [OURS, SECOND]) {
		twilio.addNumber(account.accountSid, { phoneNumber, smsUrl: `${app.baseUrl}/sms` });
	}
	api = new ApiClient(twilio.baseUrl, account);
});
afterEach(async () => {
	await twilio.close();
	await app.close();
});

const text = (body: string, to = OURS) => twilio.textFromContact({ from: CONTACT, to, body });
const codeFrom = async (sender: Record<string, string>): Promise<unknown> =>
	(await api.send({ To: CONTACT, Body: 'Hi', ...sender })).json['code'];

describe('a STOP', () => {
	it.each([
		'STOP',
		'stop',
		' Stopall ',
		'Unsubscribe',
		'cancel',
		'END',
		'quit',
		'revoke',
		'OptOut',
	])(
		'by %j is answered by Twilio, blocks sending and still reaches the webhook',
		async (word) => {
			await text(word);
			expect(app.received).toHaveLength(1);
			expect(app.received[0]?.form.has('OptOutType')).toBe(false);
			expect(twilio.messages({ automatic: true })).toMatchObject([
				{ from: OURS, to: CONTACT },
			]);
			expect(await codeFrom({ From: OURS })).toBe(21610);
		},
	);

	it.each(['Stop please', 'opt out', 'please stop', 'stop.'])(
		'is not seen by Twilio in %j',
		async (words) => {
			await text(words);
			expect(twilio.messages({ automatic: true })).toEqual([]);
			expect(await codeFrom({ From: OURS })).toBeUndefined();
		},
	);

	it('blocks the one number it was sent to', async () => {
		await text('STOP');
		expect(await codeFrom({ From: SECOND })).toBeUndefined();
		expect(twilio.isOptedOut(CONTACT, OURS)).toBe(true);
	});

	it('blocks the whole Service when the number is in one', async () => {
		const service = twilio.addService(account.accountSid, { numbers: [OURS, SECOND] });
		await text('STOP');
		expect(await codeFrom({ From: SECOND })).toBe(21610);
		expect(await codeFrom({ MessagingServiceSid: service.sid })).toBe(21610);
		expect(twilio.isOptedOut(CONTACT, service.sid)).toBe(true);
	});

	it('also silences TwiML replies', async () => {
		await text('STOP');
		app.answer = () => ({ body: '<Response><Message>But wait</Message></Response>' });
		await text('Hello?');
		expect(twilio.messages({ direction: 'outbound', automatic: false })).toEqual([]);
	});
});

describe('after a STOP', () => {
	it.each(['START', 'yes', 'Unstop'])(
		'%j lifts the block, with one answer by Twilio',
		async (word) => {
			await text('STOP');
			await text(word);
			await text(word);
			expect(twilio.messages({ automatic: true })).toHaveLength(2);
			expect(await codeFrom({ From: OURS })).toBeUndefined();
		},
	);
});

it('answers HELP itself, every time', async () => {
	await text('help');
	await text('INFO');
	expect(twilio.messages({ automatic: true })).toHaveLength(2);
});

it('names the OptOutType only with Advanced Opt-Out', async () => {
	twilio.addService(account.accountSid, { numbers: [OURS], advancedOptOut: true });
	for (const word of ['STOP', 'START', 'HELP', 'Hello']) await text(word);
	expect(app.received.map(({ form }) => form.get('OptOutType'))).toEqual([
		'STOP',
		'START',
		'HELP',
		null,
	]);
});
