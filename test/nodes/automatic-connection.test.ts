import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { CONNECTION_OVERRIDES } from '../../nodes/shared/twilio/registration/own-webhook-url';
import { poll } from '../../harness/poll';
import type { NumberRecord } from '../../emulator/twilio/records';
import { PHONE } from './support/call-bench';
import { webhookHooks } from './support/call-webhook';
import { TEST_WEBHOOK_BASE, WEBHOOK_BASE } from './support/host-stand-in';
import { restartProcess, saved } from './support/restarted-process';
import { runTrigger, type RunningTrigger } from './support/run-trigger';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const DEMO = 'https://demo.twilio.com/welcome';
const CRM = 'https://crm.example.com/twilio';
const WITHOUT = { sms: false, mms: false, voice: false };

let bench: TriggerBench;
let running: RunningTrigger | undefined;
let workflows = 0;

type NumberOptions = Parameters<TriggerBench['twilio']['addNumber']>[1];

afterEach(async () => {
	await running?.close();
	running = undefined;
	await bench.close();
	restartProcess();
});

describe.each([
	['Incoming SMS Trigger', () => new IncomingSmsTrigger(), 'smsUrl', 'Receive Texts On'],
	['Missed Call Trigger', () => new MissedCallTrigger(), 'voiceUrl', 'Receive Calls On'],
] as const)('%s, left to Automatic', (_name, trigger, url, field) => {
	const [able, wrong] =
		url === 'smsUrl' ? (['sms', 'can text'] as const) : (['voice', 'can take calls'] as const);
	const overrides = CONNECTION_OVERRIDES[url === 'smsUrl' ? 'texts' : 'calls'];
	const PRODUCTION = `${WEBHOOK_BASE}/webhook-1/twilio${overrides}`;
	const TEST = `${TEST_WEBHOOK_BASE}/webhook-1/twilio`;
	let number: NumberRecord;

	const buy = (last: number, more: Partial<NumberOptions> = {}) =>
		bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: `+141555501${String(last).padStart(2, '0')}`,
			[url]: DEMO,
			...more,
		});
	const setup = (
		parameters: INodeParameters = {},
		more: Parameters<TriggerBench['setup']>[1] = {},
	) =>
		bench.setup(
			{ phones: PHONE, agents: { agent: [{ name: 'Front Desk' }] }, ...parameters },
			{ workflowId: `automatic-${workflows}`, ...more },
		);
	const hooks = (...args: Parameters<typeof setup>) => webhookHooks(setup(...args));

	beforeEach(async () => {
		workflows += 1;
		bench = await openTriggerBench(trigger);
		number = buy(0);
		buy(90, { capabilities: { ...number.capabilities, ...WITHOUT } });
	});

	it('connects the only number that is able, says so, and gives it back', async () => {
		const published = hooks();
		expect(await published.checkExists()).toBe(false);
		await published.create();
		expect(number[url]).toBe(PRODUCTION);
		expect(published.infos.join()).toMatch(/: Connected at Twilio: .*of \+14155550100/);
		expect(await published.checkExists()).toBe(true);
		await published.delete();
		expect(number[url]).toBe(DEMO);
	});

	it('asks plainly which of several, and touches none', async () => {
		const second = buy(1, { friendlyName: 'Front desk' });
		const third = buy(2);
		await expect(hooks().create()).rejects.toThrow(
			`${field}: this account has 3 numbers that ${wrong}: +14155550102, +14155550101 (Front desk), +14155550100. Choose "Chosen Phone Numbers" there, and under Phone Numbers those that this workflow answers.`,
		);
		expect([number, second, third].map((each) => each[url])).toEqual([DEMO, DEMO, DEMO]);
	});

	it('lists ten of many', async () => {
		for (let last = 1; last < 25; last++) buy(last);
		const refusal = String(
			await hooks()
				.create()
				.catch((error: unknown) => error),
		);
		expect(refusal).toContain('this account has 25 numbers');
		expect(refusal).toContain('+14155550115, 15 more. Choose');
	});

	it('says what to buy where no number is able', async () => {
		number.capabilities[able] = false;
		await expect(hooks().create()).rejects.toThrow(
			`${field}: this account has no number that ${wrong}. Buy a number`,
		);
	});

	it("refuses another app's number as any number is refused", async () => {
		number[url] = CRM;
		await expect(hooks().create()).rejects.toThrow(
			/another app is connected already: \+14155550100 sends its .*crm\.example\.com/,
		);
		expect(number[url]).toBe(CRM);
	});

	describe('published, and then another number is bought', () => {
		let published: ReturnType<typeof hooks>;
		let second: NumberRecord;
		beforeEach(async () => {
			published = hooks();
			await published.create();
			second = buy(1);
		});

		it('keeps the one it has: looked at, unpublished, and published again', async () => {
			expect(await published.checkExists()).toBe(true);
			await published.delete();
			expect(number[url]).toBe(DEMO);
			restartProcess();
			const again = hooks({}, { staticData: saved(published.staticData) });
			await again.create();
			expect([number[url], second[url]]).toEqual([PRODUCTION, DEMO]);
		});

		it('looks after the one it has when n8n starts', async () => {
			number[url] = '';
			restartProcess();
			running = await runTrigger(setup({}, { staticData: saved(published.staticData) }));
			await poll(
				'the number to be connected again',
				() => number[url] === PRODUCTION || undefined,
			);
			expect(second[url]).toBe(DEMO);
		});

		it('knows the one it has by its address, where what it remembers is lost', async () => {
			restartProcess();
			const forgetful = hooks();
			expect(await forgetful.checkExists()).toBe(false);
			await forgetful.create();
			expect([number[url], second[url]]).toEqual([PRODUCTION, DEMO]);
		});

		it('lends the one it has to a test', async () => {
			const test = hooks({}, { isTest: true });
			await test.create();
			expect([number[url], second[url]]).toEqual([TEST, DEMO]);
			await test.delete();
			expect(number[url]).toBe(PRODUCTION);
		});

		it('gives back the one it had also where that is able no more, and asks which of the others', async () => {
			buy(2);
			number.capabilities[able] = false;
			await published.delete();
			expect(number[url]).toBe(DEMO);
			await expect(published.create()).rejects.toThrow(
				`${field}: this account has 2 numbers`,
			);
			expect(second[url]).toBe(DEMO);
		});
	});

	it('is another choice in another workflow, which is refused the number', async () => {
		await hooks().create();
		const other = hooks(
			{},
			{ workflowId: `other-${workflows}`, settings: { webhookId: 'webhook-2' } },
		);
		await expect(other.create()).rejects.toThrow(
			/of \+14155550100 go to another workflow of this n8n/,
		);
		expect(number[url]).toBe(PRODUCTION);
	});
});

describe('Incoming SMS Trigger, left to Automatic', () => {
	const PRODUCTION = `${WEBHOOK_BASE}/webhook-1/twilio${CONNECTION_OVERRIDES.texts}`;
	const MORE = () => ({ workflowId: `automatic-${workflows}` });
	beforeEach(async () => {
		workflows += 1;
		bench = await openTriggerBench();
	});
	const service = () => {
		const { accountSid } = bench.account;
		const phoneNumbers = ['+14155550100', '+14155550101', '+14155550102'];
		for (const phoneNumber of phoneNumbers) {
			bench.twilio.addNumber(accountSid, { phoneNumber, smsUrl: DEMO });
		}
		return bench.twilio.addService(accountSid, {
			friendlyName: 'Shop',
			numbers: phoneNumbers,
			useInboundWebhookOnNumber: false,
		});
	};

	it('connects the Messaging Service of the credential, however many numbers there are', async () => {
		const own = service();
		const credential = { messagingServiceSid: own.sid };
		const published = webhookHooks(bench.setup({}, { ...MORE(), credential }));
		await published.create();
		expect(own.inboundRequestUrl).toBe(PRODUCTION);
		expect(published.infos.join()).toContain('texts of Messaging Service "Shop"');
		await published.delete();
		expect(own.inboundRequestUrl ?? '').toBe('');
	});

	it('leaves a number to the Service that has its texts, and says what to enter', async () => {
		const { accountSid } = bench.account;
		const phoneNumber = '+14155550100';
		bench.twilio.addNumber(accountSid, { phoneNumber, smsUrl: DEMO });
		const { sid } = bench.twilio.addService(accountSid, {
			friendlyName: 'Shop',
			numbers: [phoneNumber],
			useInboundWebhookOnNumber: false,
		});
		await expect(webhookHooks(bench.setup({}, MORE())).create()).rejects.toThrow(
			`Receive Texts On: +14155550100 is in the Messaging Service "Shop", which receives its texts, so they would never arrive here. Enter ${sid} as the Messaging Service SID in the credential and choose Messaging Service of the Credential under Receive Texts On.`,
		);
	});
});
