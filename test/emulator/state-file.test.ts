import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startDemoEmulators, type DemoEmulators } from '../../emulator/demo-emulators';
import { poll } from '../../harness/poll';
import { ApiClient } from './support/api-client';
import { startWebhookApp, type WebhookApp } from './support/webhook-app';

const OURS = '+14155550100';
const CALLS = '+14155550111';
const SAM = '+12065550142';
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const ACCOUNT = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'e'.repeat(32) };

let folder: string;
let stateFile: string;
let app: WebhookApp;
let demo: DemoEmulators;

const start = async (deliveryMs = 5): Promise<DemoEmulators> =>
	await startDemoEmulators({
		...ACCOUNT,
		stateFile,
		deliveryMs,
		phoneNumbers: [OURS],
		withService: true,
		ownNumbers: [{ phoneNumber: CALLS }],
	});
const startAgain = async (): Promise<void> => {
	await demo.close();
	demo = await start();
};
const control = async (path: string, body?: object): Promise<unknown> => {
	const response = await fetch(`${demo.twilio.baseUrl}/_emulator/${path}`, {
		...(body && { method: 'POST', body: JSON.stringify(body) }),
		headers: { 'Content-Type': 'application/json' },
	});
	return await response.json();
};

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'twilio-state-'));
	stateFile = join(folder, 'kept', 'twilio');
	app = await startWebhookApp();
	demo = await start();
});
afterEach(async () => {
	await demo.close();
	await app.close();
	rmSync(folder, { recursive: true });
});

describe('a Twilio emulator that is started again on its file', () => {
	it('has the numbers, the Service and what an application has set on them', async () => {
		const [number] = demo.numbers;
		const before = demo.service;
		const api = new ApiClient(demo.twilio.baseUrl, demo.account);
		await api.send({ To: SAM, MessagingServiceSid: before?.sid ?? '', Body: 'Hi' });
		if (before) before.inboundRequestUrl = `${app.baseUrl}/sms`;
		await startAgain();
		expect(demo.numbers[0]).toEqual(number);
		expect(demo.service).toEqual(before);
		expect(demo.twilio.setup()).toMatchObject({
			accounts: [ACCOUNT],
			numbers: [{ phoneNumber: OURS }, { phoneNumber: CALLS }],
			services: [{ numberSids: [number?.sid] }],
		});
	});

	it('shows the conversation, its pictures, its deliveries and who has opted out', async () => {
		const [number] = demo.numbers;
		if (number) number.smsUrl = `${app.baseUrl}/sms`;
		app.answer = () => ({ body: '<Response><Message>Hello</Message></Response>' });
		const media = [{ contentType: 'image/png', data: PNG }];
		await demo.twilio.textFromContact({ from: SAM, to: OURS, body: 'See this', media });
		await demo.twilio.textFromContact({ from: SAM, to: OURS, body: 'STOP' });
		await demo.twilio.waitForMessage(
			({ automatic, status }) => automatic && status === 'delivered',
		);
		await demo.twilio.waitForMessage(
			({ body, status }) => body === 'Hello' && status === 'delivered',
		);
		await control('contacts', { name: 'Kim', phoneNumber: '+12065550199' });
		const [messages, deliveries] = [await control('messages'), await control('deliveries')];
		await startAgain();
		expect(await control('messages')).toEqual(messages);
		expect(await control('deliveries')).toEqual(deliveries);
		expect(demo.twilio.messages()[0]?.media[0]?.data?.equals(PNG)).toBe(true);
		expect(demo.twilio.isOptedOut(SAM, demo.service?.sid ?? '')).toBe(true);
		const { contacts } = (await control('setup')) as { contacts: Array<{ name: string }> };
		expect(contacts.map(({ name }) => name)).toEqual([
			'Sam Carter',
			'Maria Lopez',
			'Jordan Lee',
			'Kim',
		]);
	});

	it('goes on with a message that was under way', async () => {
		await demo.close();
		demo = await start(60_000);
		const api = new ApiClient(demo.twilio.baseUrl, demo.account);
		await api.send({ To: SAM, From: OURS, Body: 'Under way' });
		expect(demo.twilio.messages()).toMatchObject([{ status: 'queued' }]);
		await startAgain();
		await demo.twilio.waitForMessage(({ status }) => status === 'delivered');
	});

	it('shows a call that was cut off as over', async () => {
		const number = demo.numbers[1];
		if (number) number.voiceUrl = `${app.baseUrl}/voice`;
		app.answer = () => ({ body: '<Response><Dial>+14155550177</Dial></Response>' });
		await control('live-calls', { from: SAM, to: CALLS });
		await poll('a phone that rings', async () => {
			const [call] = (await control('live-calls')) as Array<{ phones: unknown[] }>;
			return call?.phones[0];
		});
		await startAgain();
		expect(await control('live-calls')).toMatchObject([
			{ from: SAM, to: CALLS, ended: true, offers: [], phones: [{ state: 'missed' }] },
		]);
	});

	it('has what there was a moment before it was killed', async () => {
		const writtenAt = () => (existsSync(stateFile) ? statSync(stateFile).mtimeMs : undefined);
		const atFirst = await poll('the file', async () => await Promise.resolve(writtenAt()));
		await demo.twilio.textFromContact({ from: SAM, to: OURS, body: 'A moment before' });
		await poll(
			'the file anew',
			async () => await Promise.resolve(writtenAt() === atFirst ? undefined : true),
		);
		// Like a process that was killed: another reads the file, and this one has not ended.
		const other = await start();
		expect(other.twilio.messages()).toMatchObject([{ body: 'A moment before' }]);
		await other.close();
	});
});

describe('the file', () => {
	it('is this user’s alone, and whole: nothing half-written lies beside it', async () => {
		await demo.close();
		expect(statSync(stateFile).mode & 0o777).toBe(0o600);
		expect(readdirSync(join(folder, 'kept'))).toEqual(['twilio']);
		demo = await start();
	});

	it('is put aside where it cannot be read, and that is said', async () => {
		await demo.close();
		writeFileSync(stateFile, 'rubbish');
		const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
		demo = await start();
		expect(warn).toHaveBeenCalledWith(expect.stringContaining(`${stateFile}.unreadable`));
		expect(existsSync(`${stateFile}.unreadable`)).toBe(true);
		expect(demo.numbers).toHaveLength(2);
	});
});
