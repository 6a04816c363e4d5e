import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { twilioLists } from '../../../nodes/shared/receiving/twilio-lists';
import { twilioClient, type TwilioClient } from '../../../nodes/shared/twilio/api/twilio-client';
import { ownSenders } from '../../../nodes/shared/twilio/registration/own-senders';
import { ownWebhookUrl } from '../../../nodes/shared/twilio/registration/own-webhook-url';
import { startTwilioEmulator, type TwilioEmulator } from '../../../emulator/twilio-emulator';
import type { AccountRecord } from '../../../emulator/twilio/records';
import { basicAuthHttp } from '../../support/basic-auth-http';

const CONTACT = '+12065550142';
const [FIRST, SECOND, THIRD] = ['+14155550100', '+14155550111', '+14155550122'] as const;
const OURS = 'http://127.0.0.1:9/webhook/1/twilio';
const MINUTE = 60_000;

let twilio: TwilioEmulator;
let account: AccountRecord;
let client: TwilioClient;

beforeAll(async () => {
	twilio = await startTwilioEmulator();
	account = twilio.addAccount();
	const { accountSid, authToken } = account;
	client = twilioClient(
		{ accountSid, apiBaseUrl: twilio.baseUrl },
		basicAuthHttp(accountSid, authToken),
	);
	for (const phoneNumber of [FIRST, SECOND]) twilio.addNumber(accountSid, { phoneNumber });
	// Nobody answers there.
	twilio.addNumber(accountSid, { phoneNumber: THIRD, smsUrl: 'http://127.0.0.1:9/' });
});
afterAll(() => twilio.close());
beforeEach(() => twilio.clear());

const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE);
const text = async (body: string, minutes: number, to: string = FIRST, from = CONTACT) =>
	await twilio.textFromContact({ from, to, body, at: ago(minutes) });
const lists = (numbers: string[] = [FIRST], serviceSids: string[] = []) =>
	twilioLists(client, { numbers, serviceSids }, async () => ({ numbers, serviceSids }));
const bodies = async (numbers: string[], minutes: number) =>
	(await lists(numbers).textsSince(ago(minutes).getTime())).texts.map(
		({ message }) => message.body,
	);
const send = async (body: string, more: Record<string, string> = {}) =>
	await fetch(`${twilio.baseUrl}/2010-04-01/Accounts/${account.accountSid}/Messages.json`, {
		method: 'POST',
		headers: {
			authorization: `Basic ${btoa(`${account.accountSid}:${account.authToken}`)}`,
		},
		body: new URLSearchParams({ To: CONTACT, From: FIRST, Body: body, ...more }),
	});

it('lists the texts to our numbers since then, oldest first, in one request', async () => {
	await text('old', 20);
	await text('first', 9);
	await text('another number', 8, SECOND);
	await text('second', 7);
	await send('Hello');
	expect(await bodies([FIRST], 10)).toEqual(['first', 'second']);
	expect(twilio.requests).toHaveLength(2);
	expect(await bodies([FIRST, SECOND], 10)).toEqual(['first', 'another number', 'second']);
	expect(twilio.requests).toHaveLength(3);
});

it('walks back as many pages as it takes, and no further', async () => {
	for (let minutes = 1; minutes <= 1_150; minutes++) await text(`${minutes}`, minutes);
	expect(await bodies([FIRST], 1_100.5)).toHaveLength(1_100);
	// The newest 50 did not do, then twice a thousand.
	expect(twilio.requests).toHaveLength(3);
	expect(await bodies([FIRST], 700.5)).toHaveLength(700);
	expect(twilio.requests).toHaveLength(5);
});

it('tells when the newest message of the list came, whoever wrote it', async () => {
	expect((await lists().textsSince(0)).newest).toBeUndefined();
	await text('Hi', 5, SECOND);
	const { newest = 0 } = await lists([FIRST, THIRD]).textsSince(0);
	expect(Math.abs(newest - ago(5).getTime())).toBeLessThan(60_000);
});

it('reads a text as its webhook would have told it, its files at the same addresses', async () => {
	const { sid } = twilio.addService(account.accountSid, { numbers: [THIRD] });
	const data = Buffer.from('GIF89a');
	const media = [{ contentType: 'image/gif', data }];
	const { messageSid, deliveries } = await twilio.textFromContact({
		from: CONTACT,
		to: THIRD,
		body: ' Look ',
		media,
	});
	const { texts } = await lists([], [sid]).textsSince(0);
	expect(texts).toEqual([
		{
			message: {
				messageSid,
				accountSid: '',
				from: CONTACT,
				to: THIRD,
				messagingServiceSid: sid,
				body: ' Look ',
				media: [],
				numSegments: 1,
			},
			numMedia: 1,
			at: expect.any(Number),
		},
	]);
	const form = deliveries[0]?.params as Record<string, string>;
	expect(await lists().mediaOf(messageSid)).toEqual([
		{ url: form['MediaUrl0'], contentType: 'image/gif' },
	]);
});

it('passes over other channels', async () => {
	await text('from WhatsApp', 5, FIRST, 'whatsapp:+12065550142');
	expect(await bodies([FIRST], 10)).toEqual([]);
});

it('finds what went out to the contact, whoever sent it, and nothing that did not', async () => {
	twilio.faults.next({ kind: 'undelivered' });
	await send('undelivered');
	await twilio.waitForMessage(({ status }) => status === 'undelivered');
	expect(await lists().sentTo(CONTACT)).toEqual([]);
	await send('from another number', { From: SECOND });
	expect(await lists().sentTo(CONTACT)).toMatchObject([
		{ at: expect.any(Number), isAnswer: false, messageSid: expect.stringMatching(/^SM/) },
	]);
	await text('HELP', 0, FIRST, '+12065550199');
	await text('STOP', 0, FIRST, '+12065550199');
	expect(await lists().sentTo('+12065550199')).toMatchObject([
		{ isAnswer: true },
		{ isAnswer: true },
	]);
});

it('takes for ours what has our address at Twilio now, of what was chosen', async () => {
	const own = ownWebhookUrl({ url: OURS, callFallbackUrl: '' }, [], '1/twilio');
	const { accountSid } = account;
	const ours = twilio.addNumber(accountSid, { phoneNumber: '+14155550131', smsUrl: OURS });
	const pooled = twilio.addNumber(accountSid, { phoneNumber: '+14155550132', smsUrl: OURS });
	const theirs = twilio.addNumber(accountSid, {
		phoneNumber: '+14155550133',
		smsUrl: 'https://other.example/sms',
	});
	const { sid } = twilio.addService(accountSid, {
		numbers: [pooled.phoneNumber],
		inboundRequestUrl: `${OURS}#rc=3`,
		useInboundWebhookOnNumber: false,
	});
	const withService = { ...client.account, messagingServiceSid: sid };
	const ofService = { ...client, account: withService };
	const numbers = [ours.phoneNumber, pooled.phoneNumber];
	const sids = [ours.sid, theirs.sid];
	expect(await ownSenders(client, own, { kind: 'numbers', numbers: sids })).toEqual({
		numbers: [ours.phoneNumber],
		serviceSids: [],
	});
	expect(await ownSenders(ofService, own, { kind: 'service' })).toEqual({
		numbers: [pooled.phoneNumber],
		serviceSids: [sid],
	});
	const any = await ownSenders(client, own, { kind: 'any' });
	expect({ ...any, numbers: any.numbers.sort() }).toEqual({ numbers, serviceSids: [sid] });
	const others = ownWebhookUrl(
		{ url: 'https://n8n.example/webhook/2/twilio', callFallbackUrl: '' },
		[],
		'2/twilio',
	);
	expect(await ownSenders(client, others, { kind: 'any' })).toEqual({
		numbers: [],
		serviceSids: [],
	});
});
