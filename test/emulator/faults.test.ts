import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from './support/api-client';
import { startWebhookApp, type WebhookApp } from './support/webhook-app';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';

const CONTACT = '+12065550142';
const OURS = '+14155550100';

let app: WebhookApp;
let twilio: TwilioEmulator;
let api: ApiClient;

beforeEach(async () => {
	app = await startWebhookApp();
	twilio = await startTwilioEmulator();
	const { accountSid, authToken } = twilio.addAccount();
	twilio.addNumber(accountSid, { phoneNumber: OURS, smsUrl: `${app.baseUrl}/sms` });
	api = new ApiClient(twilio.baseUrl, { accountSid, authToken });
});
afterEach(async () => {
	await twilio.close();
	await app.close();
});

const send = (more = {}) =>
	api.send({
		To: CONTACT,
		From: OURS,
		Body: 'Hi',
		StatusCallback: `${app.baseUrl}/status`,
		...more,
	});

describe('a fault before Twilio accepts', () => {
	it.each([
		['429', 429, 20429],
		['500', 500, 20500],
		['503', 503, 20503],
	] as const)('%s answers %i and creates nothing, once', async (kind, status, code) => {
		twilio.faults.next({ kind, method: 'POST', path: /Messages\.json$/ });
		expect((await api.get(api.under('Messages.json'))).status).toBe(200);
		expect(await send()).toMatchObject({ status, json: { code } });
		expect(twilio.messages()).toEqual([]);
		expect(twilio.requests.at(-1)).toMatchObject({ fault: kind, status });
		expect((await send()).status).toBe(201);
	});

	it('error answers any code', async () => {
		twilio.faults.next({ kind: 'error', code: 21611, times: 2 });
		expect(await send()).toMatchObject({ status: 429, json: { code: 21611 } });
		expect(await send()).toMatchObject({ status: 429 });
		expect((await send()).status).toBe(201);
	});

	it('429 hits what exceeds a number of requests within a second, for as long as it stands', async () => {
		twilio.faults.next({ kind: '429', perSecond: 3, method: 'POST' });
		let taken = 0;
		while (taken < 8) {
			const burst = await Promise.all(Array.from({ length: 8 }, async () => await send()));
			taken += burst.filter(({ status }) => status === 201).length;
			await sleep(100);
		}
		expect(new Set(twilio.requests.map(({ status }) => status))).toEqual(new Set([201, 429]));
		const at = twilio.requests.flatMap(({ status, at }) => (status === 201 ? Number(at) : []));
		// Logged just before it is judged.
		for (const [n, time] of at.slice(3).entries()) {
			expect(time - (at[n] ?? 0)).toBeGreaterThan(950);
		}
		twilio.faults.clear('429');
		expect(
			await Promise.all(Array.from({ length: 4 }, async () => (await send()).status)),
		).toEqual([201, 201, 201, 201]);
	});

	it('hits a share of the requests, the same for the same chance', async () => {
		const draws = [0.1, 0.3, 0.9, 0.2];
		await twilio.close();
		twilio = await startTwilioEmulator({ chance: () => draws.shift() ?? 1 });
		const { accountSid, authToken } = twilio.addAccount();
		twilio.addNumber(accountSid, { phoneNumber: OURS });
		api = new ApiClient(twilio.baseUrl, { accountSid, authToken });
		twilio.faults.next({ kind: '500', share: 0.3, times: Infinity });
		const statuses = [];
		for (let count = 0; count < 5; count += 1) statuses.push((await send()).status);
		expect(statuses).toEqual([500, 201, 201, 500, 201]);
	});

	it('reset breaks the connection and creates nothing', async () => {
		twilio.faults.next({ kind: 'reset' });
		await expect(send()).rejects.toThrow('fetch failed');
		expect(twilio.messages()).toEqual([]);
	});

	it('delay answers late', async () => {
		twilio.faults.next({ kind: 'delay', ms: 60 });
		const before = Date.now();
		expect((await send()).status).toBe(201);
		expect(Date.now() - before).toBeGreaterThanOrEqual(59);
	});
});

describe('a fault after Twilio has accepted', () => {
	it('500-after-accept answers 500, yet the message goes out', async () => {
		twilio.faults.next({ kind: '500-after-accept' });
		expect(await send()).toMatchObject({ status: 500, json: { code: 20500 } });
		await twilio.waitForMessage(({ status }) => status === 'delivered');
	});

	it('reset-after-accept breaks the connection, yet the message goes out', async () => {
		twilio.faults.next({ kind: 'reset-after-accept' });
		await expect(send()).rejects.toThrow('fetch failed');
		expect(twilio.messages()).toHaveLength(1);
	});

	it('delay-after-accept answers late, when the message has long gone out', async () => {
		twilio.faults.next({ kind: 'delay-after-accept', ms: 150 });
		const answered = send();
		await twilio.waitForMessage(({ status }) => status === 'delivered');
		expect(twilio.requests.at(-1)?.status).toBeNull();
		expect(await answered).toMatchObject({ status: 201 });
	});

	it('waits for a request that succeeds', async () => {
		twilio.faults.next({ kind: '500-after-accept' });
		expect((await send({ To: '' })).status).toBe(400);
		expect((await send()).status).toBe(500);
	});
});

it.each([
	['hang', 0],
	['hang-after-accept', 1],
] as const)('%s leaves the caller waiting until the emulator closes', async (kind, created) => {
	twilio.faults.next({ kind });
	const caller = send().then(
		() => 'answered',
		() => 'dropped',
	);
	const early = await Promise.race([
		caller,
		new Promise((resolve) => setTimeout(resolve, 80, 'waiting')),
	]);
	expect(early).toBe('waiting');
	expect(twilio.messages()).toHaveLength(created);
	await twilio.close();
	expect(await caller).toBe('dropped');
});

describe('webhooks', () => {
	it('come in duplicate, at once, with the same token', async () => {
		twilio.faults.next({ kind: 'duplicate-webhook', factor: 3 });
		const { deliveries } = await twilio.textFromContact({
			from: CONTACT,
			to: OURS,
			body: 'Hi',
		});
		expect(deliveries).toHaveLength(3);
		expect(app.received).toHaveLength(3);
		expect(twilio.messages()).toHaveLength(1);
	});

	it('reach the application although their answer is lost', async () => {
		twilio.faults.next({ kind: 'webhook-response-lost' });
		app.answer = () => ({ body: '<Response><Message>Lost</Message></Response>' });
		const { deliveries } = await twilio.textFromContact({
			from: CONTACT,
			to: OURS,
			body: 'Hi',
		});
		expect(deliveries).toMatchObject([{ status: null, errorCode: 11200 }]);
		expect(app.received).toHaveLength(1);
		expect(twilio.messages({ direction: 'outbound' })).toEqual([]);
	});
});

describe('status callbacks', () => {
	it('tell every status but the first, in order, signed', async () => {
		await send();
		await twilio.waitForMessage(({ status }) => status === 'delivered');
		while (app.received.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
		const forms = app.received.map(({ form }) => form);
		expect(forms.map((form) => form.get('MessageStatus'))).toEqual([
			'sending',
			'sent',
			'delivered',
		]);
		expect(forms.at(-1)?.get('RawDlrDoneDate')).toMatch(/^\d{10}$/);
		expect(app.received[0]?.headers).toHaveProperty('x-twilio-signature');
	});

	it('name the error of a message that was not delivered', async () => {
		twilio.faults.next({ kind: 'undelivered', code: 30006 });
		await send();
		while (app.received.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
		expect(app.received.at(-1)?.form.get('ErrorCode')).toBe('30006');
	});
});
