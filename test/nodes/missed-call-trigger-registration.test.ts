import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { CONNECTION_OVERRIDES } from '../../nodes/shared/twilio/registration/own-webhook-url';
import { poll } from '../../harness/poll';
import type { NumberRecord } from '../../emulator/twilio/records';
import { PHONE } from './support/call-bench';
import { listenWebhook, webhookHooks } from './support/call-webhook';
import { TEST_WEBHOOK_BASE, WEBHOOK_BASE } from './support/host-stand-in';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const PRODUCTION = `${WEBHOOK_BASE}/webhook-1/twilio${CONNECTION_OVERRIDES.calls}`;
const TEST = `${TEST_WEBHOOK_BASE}/webhook-1/twilio`;
const DEMO = 'https://demo.twilio.com/welcome/voice/';
const CRM = 'https://crm.example.com/calls?key=secret';
const OVERWRITE = { options: { overwriteWebhook: true } };

let bench: TriggerBench;
let number: NumberRecord;

beforeEach(async () => {
	bench = await openTriggerBench(() => new MissedCallTrigger());
	number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550100' });
});

afterEach(async () => {
	await bench.close();
});

const hooks = (parameters: INodeParameters = {}, more: Parameters<TriggerBench['setup']>[1] = {}) =>
	webhookHooks(
		bench.setup(
			{ phones: PHONE, receiveOn: 'phoneNumbers', phoneNumbers: [number.sid], ...parameters },
			more,
		),
	);

describe('published', () => {
	it('takes the place of the demo for calls, leaves the texts alone, and gives it back', async () => {
		const before = { ...number };
		const trigger = hooks();
		expect(await trigger.checkExists()).toBe(false);
		await trigger.create();
		expect(number).toMatchObject({
			voiceUrl: PRODUCTION,
			voiceMethod: 'POST',
			statusCallback: PRODUCTION,
			smsUrl: before.smsUrl,
		});
		expect(await trigger.checkExists()).toBe(true);
		await trigger.delete();
		expect({ ...number, updatedAt: before.updatedAt }).toEqual(before);
	});

	it("refuses another app's calls, naming its address without the query and the way out", async () => {
		number.voiceUrl = CRM;
		const refusal: unknown = await hooks()
			.create()
			.catch((error: unknown) => error);
		expect(String(refusal)).toContain('+14155550100 sends its calls to crm.example.com/calls');
		expect(String(refusal)).toContain('Take Over From Another App');
		expect(String(refusal)).not.toContain('secret');
		expect(number).toMatchObject({ voiceUrl: CRM, statusCallback: '' });
	});

	it('takes them over with the tick, and gives everything back', async () => {
		const before = {
			voiceUrl: CRM,
			voiceMethod: 'GET',
			voiceFallbackUrl: 'https://bin.example.com/',
		} as const;
		Object.assign(number, before);
		const trigger = hooks(OVERWRITE);
		await trigger.create();
		expect(number).toMatchObject({
			voiceUrl: PRODUCTION,
			voiceMethod: 'POST',
			voiceFallbackUrl: 'https://bin.example.com/',
		});
		await trigger.delete();
		expect(number).toMatchObject(before);
	});

	it("leaves another app's status callback where it is, even with the tick", async () => {
		number.statusCallback = CRM;
		const trigger = hooks(OVERWRITE);
		await trigger.create();
		expect(number).toMatchObject({ voiceUrl: PRODUCTION, statusCallback: CRM });
		expect(await trigger.checkExists()).toBe(true);
		await trigger.delete();
		expect(number).toMatchObject({ voiceUrl: DEMO, statusCallback: CRM });
	});

	it('refuses a TwiML App, by name', async () => {
		number.voiceApplicationSid = `AP${'1'.repeat(32)}`;
		await expect(hooks().create()).rejects.toThrow(
			`sends its calls to the TwiML App AP${'1'.repeat(32)}`,
		);
	});

	it('refuses a SIP trunk, by name and even with the tick, because it comes first', async () => {
		number.trunkSid = `TK${'1'.repeat(32)}`;
		await expect(hooks(OVERWRITE).create()).rejects.toThrow(
			`the calls of +14155550100 go to the SIP trunk TK${'1'.repeat(32)}`,
		);
		expect(number.voiceUrl).toBe(DEMO);
	});

	it('refuses a number that cannot be called', async () => {
		number.capabilities.voice = false;
		await expect(hooks().create()).rejects.toThrow('+14155550100 cannot take calls');
	});

	it('repairs a URL that was reset, and still knows what to give back', async () => {
		const trigger = hooks();
		await trigger.create();
		Object.assign(number, { voiceMethod: 'GET', statusCallback: '' });
		expect(await trigger.checkExists()).toBe(false);
		await trigger.create();
		expect(number).toMatchObject({ voiceMethod: 'POST', statusCallback: PRODUCTION });
		await trigger.delete();
		expect(number).toMatchObject({ voiceUrl: DEMO, statusCallback: '' });
	});

	it('connects all of several numbers or none', async () => {
		const second = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550101',
		});
		const trigger = hooks({ phoneNumbers: [number.sid, second.sid] });
		bench.twilio.faults.next({ kind: '500', path: `/${second.sid}.json`, method: 'POST' });
		await expect(trigger.create()).rejects.toThrow();
		expect([number.voiceUrl, second.voiceUrl]).toEqual([DEMO, DEMO]);
		expect([number.statusCallback, second.statusCallback]).toEqual(['', '']);
	});

	it('gives back what the process remembers where n8n has lost its memory', async () => {
		await hooks().create();
		await hooks().delete();
		expect(number).toMatchObject({ voiceUrl: DEMO, statusCallback: '' });
	});

	it('leaves what nobody remembers: a copy may be published at that address', async () => {
		await hooks().create();
		const copy = hooks({}, { workflowId: 'a-copy' });
		await copy.delete();
		expect(number).toMatchObject({ voiceUrl: PRODUCTION, statusCallback: PRODUCTION });
		expect(copy.warnings).toEqual([
			expect.stringContaining('+14155550100 sends its calls to this node'),
			expect.stringContaining('+14155550100 sends its reports of ended calls to this node'),
		]);
	});

	it('changes nothing at Twilio when set up by hand', async () => {
		const trigger = hooks({ receiveOn: 'manual' });
		expect(await trigger.checkExists()).toBe(true);
		await trigger.create();
		await trigger.delete();
		expect(bench.twilio.requests).toEqual([]);
	});
});

describe('where n8n does not answer', () => {
	const BIN = 'https://handler.twilio.com/twiml/EH1';
	const RINGS = { options: { callFallbackUrl: BIN } };

	it("calls go to the builder's address, which is nobody's again afterwards", async () => {
		const before = { ...number };
		const trigger = hooks(RINGS);
		await trigger.create();
		expect(number).toMatchObject({ voiceUrl: PRODUCTION, voiceFallbackUrl: BIN });
		expect(await trigger.checkExists()).toBe(true);
		await trigger.delete();
		expect({ ...number, updatedAt: before.updatedAt }).toEqual(before);
	});

	it("another app's fallback stays, and the log says so", async () => {
		number.voiceFallbackUrl = 'https://crm.example.com/down?key=secret';
		const trigger = hooks(RINGS);
		await trigger.create();
		expect(number.voiceFallbackUrl).toBe('https://crm.example.com/down?key=secret');
		expect(trigger.warnings.join()).toContain(
			'has a fallback address for calls already, crm.example.com/down: it stays',
		);
		expect(trigger.warnings.join()).not.toContain('secret');
		expect(await trigger.checkExists()).toBe(true);
		await trigger.delete();
		expect(number.voiceFallbackUrl).toBe('https://crm.example.com/down?key=secret');
	});

	it('one that the builder had entered at Twilio before stays afterwards', async () => {
		number.voiceFallbackUrl = BIN;
		const trigger = hooks(RINGS);
		await trigger.create();
		expect(trigger.warnings).toEqual([]);
		await trigger.delete();
		expect(number.voiceFallbackUrl).toBe(BIN);
	});

	it('one that was set meanwhile stays afterwards', async () => {
		const trigger = hooks(RINGS);
		await trigger.create();
		number.voiceFallbackUrl = CRM;
		expect(await trigger.checkExists()).toBe(true);
		await trigger.delete();
		expect(number).toMatchObject({ voiceUrl: DEMO, voiceFallbackUrl: CRM });
	});

	it('a changed address takes the place of the former, and goes with the option', async () => {
		const first = hooks(RINGS);
		await first.create();
		const other = 'https://handler.twilio.com/twiml/EH2';
		const changed = hooks(
			{ options: { callFallbackUrl: other } },
			{ staticData: first.staticData },
		);
		expect(await changed.checkExists()).toBe(false);
		await changed.create();
		expect(number.voiceFallbackUrl).toBe(other);
		const without = hooks({}, { staticData: changed.staticData });
		expect(await without.checkExists()).toBe(false);
		await without.create();
		expect(number.voiceFallbackUrl).toBe('');
	});

	it('a test keeps it for afterwards', async () => {
		const production = hooks(RINGS);
		await production.create();
		const test = hooks(RINGS, { isTest: true });
		await test.create();
		expect(number).toMatchObject({ voiceUrl: TEST, voiceFallbackUrl: PRODUCTION });
		await test.delete();
		expect(number).toMatchObject({ voiceUrl: PRODUCTION, voiceFallbackUrl: BIN });
		await production.delete();
		expect(number).toMatchObject({ voiceUrl: DEMO, voiceFallbackUrl: '' });
	});

	it.each([
		['+14155550123', 'it'],
		['handler.twilio.com/twiml/EH1', '"handler.twilio.com/twiml/EH1"'],
		['ftp://example.com/bin', '"ftp://example.com/bin"'],
	])('%s is refused', async (callFallbackUrl, shown) => {
		const trigger = hooks({ options: { callFallbackUrl } });
		await expect(trigger.create()).rejects.toThrow(
			`If n8n Is Down, Ring: ${shown} is not a web address`,
		);
		expect(number.voiceUrl).toBe(DEMO);
	});
});

describe('while a test listens', () => {
	it('lends it the calls and their ends, with the production URL as the fallback', async () => {
		const production = hooks();
		const test = hooks({}, { isTest: true });
		await production.create();
		await test.create();
		expect(number).toMatchObject({
			voiceUrl: TEST,
			voiceFallbackUrl: PRODUCTION,
			statusCallback: TEST,
		});
		expect(await test.checkExists()).toBe(true);
		await test.delete();
		expect(number).toMatchObject({
			voiceUrl: PRODUCTION,
			voiceFallbackUrl: '',
			statusCallback: PRODUCTION,
		});
		await production.delete();
		expect(number).toMatchObject({ voiceUrl: DEMO, statusCallback: '' });
	});

	it('takes calls by the fallback and puts the URLs right where n8n has died in the test', async () => {
		const gone = { webhookTestBaseUrl: 'https://gone.example.com/webhook-test' };
		const setup = bench.setup(
			{ phones: PHONE, receiveOn: 'phoneNumbers', phoneNumbers: [number.sid] },
			gone,
		);
		const production = webhookHooks(setup);
		await production.create();
		await hooks({}, { isTest: true, ...gone }).create(); // and n8n died
		const webhook = await listenWebhook({ ...setup, staticData: production.staticData });
		bench.twilio.mapHost(new URL(WEBHOOK_BASE).origin, webhook.origin);
		expect(number.voiceUrl).toBe('https://gone.example.com/webhook-test/webhook-1/twilio');
		try {
			const { rang } = await bench.twilio.callFromContact({
				from: '+14155550123',
				to: number.phoneNumber,
				owner: 'answers',
			});
			expect(rang).toEqual([PHONE]);
			await webhook.idle();
			await poll('the URL put right', () => number.voiceUrl === PRODUCTION || undefined);
			expect(number.voiceFallbackUrl).toBe('');
		} finally {
			await webhook.close();
		}
	});
});

describe('refused before anything is changed', () => {
	it.each([
		[{ phones: '' }, 'Your Phones: it is empty'],
		[{ phones: '(415) 555-0199' }, 'Your Phones: "(415) 555-0199" is not a phone number'],
		[{ phones: 'my phone' }, 'Your Phones: "my phone" is not a phone number'],
		[{ phoneNumbers: [] }, 'Phone Numbers: none is chosen'],
		[{ options: { textFrom: 'me' } }, 'Text From: "me" is not a phone number'],
		[{ agents: { agent: [] } }, 'Agents: there is none'],
		[
			{ agents: { agent: [{ name: 'Ava', numbers: '91230001' }] } },
			'Agent 1 (Ava), Only for These Numbers: "91230001" is neither a phone number',
		],
	])('%j', async (parameters, message) => {
		await expect(hooks(parameters).checkExists()).rejects.toThrow(message);
		expect(number.voiceUrl).toBe(DEMO);
	});

	it.each([
		['', 'Call Report Secret: it is empty in the credential'],
		['short', 'it has fewer than 16 characters'],
	])('reports of calls with the secret "%s"', async (callReportSecret, message) => {
		const trigger = hooks({ receiveOn: 'elsewhere' }, { credential: { callReportSecret } });
		await expect(trigger.checkExists()).rejects.toThrow(message);
	});
});
