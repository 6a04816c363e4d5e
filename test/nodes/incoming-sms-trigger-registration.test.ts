import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { CONNECTION_OVERRIDES } from '../../nodes/shared/twilio/registration/own-webhook-url';
import type { NumberRecord, ServiceRecord } from '../../emulator/twilio/records';
import { webhookHooks, type WebhookHooks, type WebhookSetup } from './support/call-webhook';
import { TEST_WEBHOOK_BASE, WEBHOOK_BASE } from './support/host-stand-in';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const { texts: OVERRIDES } = CONNECTION_OVERRIDES;
const PRODUCTION = `${WEBHOOK_BASE}/webhook-1/twilio${OVERRIDES}`;
const TEST = `${TEST_WEBHOOK_BASE}/webhook-1/twilio`;
const DEMO = 'https://demo.twilio.com/welcome/sms/reply';
const CRM = 'https://crm.example.com/sms?key=secret';
const OVERWRITE = { options: { overwriteWebhook: true } };

let bench: TriggerBench;

beforeEach(async () => {
	bench = await openTriggerBench();
});

afterEach(async () => {
	await bench.close();
});

const writes = () => bench.twilio.requests.filter(({ method }) => method === 'POST');

describe('on chosen numbers', () => {
	let number: NumberRecord;
	const on = (...numbers: NumberRecord[]): INodeParameters => ({
		receiveOn: 'phoneNumbers',
		phoneNumbers: numbers.map(({ sid }) => sid),
	});
	const hooks = (
		parameters: INodeParameters = on(number),
		more?: Parameters<TriggerBench['setup']>[1],
	) => webhookHooks(bench.setup(parameters, more));

	beforeEach(() => {
		number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550100' });
	});

	it('takes the place of the demo, and gives it back', async () => {
		const trigger = hooks();
		expect(await trigger.checkExists()).toBe(false);
		await trigger.create();
		expect(number).toMatchObject({ smsUrl: PRODUCTION, smsMethod: 'POST' });
		expect(await trigger.checkExists()).toBe(true);
		await trigger.delete();
		expect(number.smsUrl).toBe(DEMO);
	});

	it('registers twice like once', async () => {
		const trigger = hooks();
		await trigger.create();
		const before = writes().length;
		await trigger.create();
		expect(writes()).toHaveLength(before);
		await trigger.delete();
		await trigger.delete();
		expect(number.smsUrl).toBe(DEMO);
	});

	it('changes nothing where it never registered', async () => {
		number.smsUrl = CRM;
		await hooks().delete();
		expect(number.smsUrl).toBe(CRM);
	});

	it('changes nothing that somebody else has set since', async () => {
		const trigger = hooks();
		await trigger.create();
		number.smsUrl = CRM;
		await trigger.delete();
		expect(number.smsUrl).toBe(CRM);
	});

	it("refuses another app's webhook, naming its address without the query and the way out", async () => {
		number.smsUrl = CRM;
		const refusal: unknown = await hooks()
			.create()
			.catch((error: unknown) => error);
		expect(String(refusal)).toContain('+14155550100 sends its texts to crm.example.com/sms');
		expect(String(refusal)).toContain('Take Over From Another App');
		expect(String(refusal)).not.toContain('secret');
		expect(writes()).toEqual([]);
	});

	it('takes it over with the tick, and gives URL and method back', async () => {
		Object.assign(number, { smsUrl: CRM, smsMethod: 'GET' });
		const trigger = hooks({ ...on(number), ...OVERWRITE });
		await trigger.create();
		expect(number).toMatchObject({ smsUrl: PRODUCTION, smsMethod: 'POST' });
		await trigger.delete();
		expect(number).toMatchObject({ smsUrl: CRM, smsMethod: 'GET' });
	});

	it('counts another n8n workflow as another app', async () => {
		number.smsUrl = `${WEBHOOK_BASE}/webhook-2/twilio`;
		await expect(hooks().create()).rejects.toThrow('n8n.example/webhook/webhook-2/twilio');
	});

	it('counts a TwiML App as another app, and gives it back', async () => {
		const applicationSid = `AP${'1'.repeat(32)}`;
		number.smsApplicationSid = applicationSid;
		await expect(hooks().create()).rejects.toThrow(`the TwiML App ${applicationSid}`);

		const trigger = hooks({ ...on(number), ...OVERWRITE });
		await trigger.create();
		expect(number).toMatchObject({ smsUrl: PRODUCTION, smsApplicationSid: '' });
		await trigger.delete();
		expect(number).toMatchObject({ smsUrl: DEMO, smsApplicationSid: applicationSid });
	});

	it('takes its own URL on a former host for its own', async () => {
		const former = hooks(on(number), {
			webhookBaseUrl: 'https://old.example.com/webhook',
			webhookTestBaseUrl: 'https://old.example.com/webhook-test',
		});
		await former.create();
		expect(number.smsUrl).toContain('https://old.example.com/webhook/webhook-1/twilio#');
		const trigger = hooks(on(number), { staticData: former.staticData });
		expect(await trigger.checkExists()).toBe(false);
		await trigger.create();
		expect(number.smsUrl).toBe(PRODUCTION);
	});

	it('leaves the URL of a copy on another host alone', async () => {
		const copy = 'https://staging.example.com/webhook/webhook-1/twilio';
		const trigger = hooks();
		await trigger.create();
		number.smsUrl = copy;
		await trigger.delete();
		expect(number.smsUrl).toBe(copy);
	});

	it('repairs a URL that was reset, and still knows what to give back', async () => {
		Object.assign(number, { smsUrl: CRM });
		const trigger = hooks({ ...on(number), ...OVERWRITE });
		await trigger.create();
		number.smsMethod = 'GET';
		expect(await trigger.checkExists()).toBe(false);
		await trigger.create();
		expect(number).toMatchObject({ smsUrl: PRODUCTION, smsMethod: 'POST' });
		await trigger.delete();
		expect(number.smsUrl).toBe(CRM);
	});

	it('registers all of several numbers or none', async () => {
		const second = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550101',
		});
		const trigger = hooks(on(number, second));
		bench.twilio.faults.next({ kind: '500', path: `/${second.sid}.json`, method: 'POST' });
		await expect(trigger.create()).rejects.toThrow();
		expect([number.smsUrl, second.smsUrl]).toEqual([DEMO, DEMO]);
		await trigger.delete();

		await trigger.create();
		expect([number.smsUrl, second.smsUrl]).toEqual([PRODUCTION, PRODUCTION]);
	});

	it('names every number that another app has', async () => {
		const second = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550101',
			smsUrl: 'https://other.example.com/',
		});
		number.smsUrl = CRM;
		await expect(hooks(on(number, second)).create()).rejects.toThrow(
			'+14155550100 sends its texts to crm.example.com/sms; +14155550101 sends its texts to other.example.com',
		);
	});

	it('gives back numbers that are no longer chosen, and passes over those that are gone', async () => {
		const first = hooks();
		await first.create();
		const second = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550101',
		});
		const changed = hooks(on(second), { staticData: first.staticData });
		await changed.delete();
		expect(number.smsUrl).toBe(DEMO);
		await expect(hooks(on({ ...second, sid: `PN${'0'.repeat(32)}` })).create()).rejects.toThrow(
			'is not a number of this Twilio account',
		);
	});

	it('refuses a number whose Messaging Service takes its texts', async () => {
		bench.twilio.addService(bench.account.accountSid, {
			friendlyName: 'Marketing',
			useInboundWebhookOnNumber: false,
			numbers: [number.phoneNumber],
		});
		await expect(hooks().create()).rejects.toThrow(
			'+14155550100 is in the Messaging Service "Marketing", which receives its texts',
		);
	});

	it('asks for at least one number', async () => {
		await expect(hooks(on()).create()).rejects.toThrow('Phone Numbers: none is chosen');
	});

	describe('while a test listens', () => {
		const both = async (before: Partial<NumberRecord> = {}, parameters = on(number)) => {
			Object.assign(number, before);
			const production = hooks(parameters);
			const test = hooks(parameters, { isTest: true });
			return { production, test };
		};

		it('lends the test its place and gets it back, fallback included', async () => {
			const fallback = {
				smsFallbackUrl: 'https://bin.example.com/',
				smsFallbackMethod: 'GET',
			};
			const { production, test } = await both(fallback as Partial<NumberRecord>);
			await production.create();
			expect(await test.checkExists()).toBe(false);
			await test.create();
			expect(number).toMatchObject({
				smsUrl: TEST,
				smsFallbackUrl: PRODUCTION,
				smsFallbackMethod: 'POST',
			});
			await test.delete();
			expect(number).toMatchObject({ smsUrl: PRODUCTION, ...fallback });
			await production.delete();
			expect(number).toMatchObject({ smsUrl: DEMO, ...fallback });
		});

		it('gives the demo back, which is no fallback', async () => {
			const { test } = await both();
			await test.create();
			expect(number).toMatchObject({ smsUrl: TEST, smsFallbackUrl: '' });
			await test.delete();
			expect(number).toMatchObject({ smsUrl: DEMO, smsFallbackUrl: '' });
		});

		it("refuses another app's webhook too, and keeps it as the fallback with the tick", async () => {
			const { test } = await both({ smsUrl: CRM });
			await expect(test.create()).rejects.toThrow('crm.example.com');
			const allowed = hooks({ ...on(number), ...OVERWRITE }, { isTest: true });
			await allowed.create();
			expect(number).toMatchObject({ smsUrl: TEST, smsFallbackUrl: CRM });
			await allowed.delete();
			expect(number).toMatchObject({ smsUrl: CRM, smsFallbackUrl: '' });
		});

		it('takes what an unfinished test displaced for what was there', async () => {
			const { production, test } = await both();
			await production.create();
			await test.create(); // and n8n died
			const next = hooks(on(number), { isTest: true });
			await next.create();
			expect(number).toMatchObject({ smsUrl: TEST, smsFallbackUrl: PRODUCTION });
			await next.delete();
			expect(number).toMatchObject({ smsUrl: PRODUCTION, smsFallbackUrl: '' });
			await production.delete();
			expect(number.smsUrl).toBe(DEMO);
		});

		it('is put right by activating again after an unfinished test', async () => {
			const { production, test } = await both({ smsFallbackUrl: 'https://bin.example.com/' });
			await production.create();
			await test.create();
			expect(await production.checkExists()).toBe(false);
			await production.create();
			expect(number).toMatchObject({
				smsUrl: PRODUCTION,
				smsFallbackUrl: 'https://bin.example.com/',
			});
		});

		it('is put right even where the memory of the registration is lost', async () => {
			const { test } = await both({ smsUrl: CRM }, { ...on(number), ...OVERWRITE });
			await test.create();
			const production = hooks();
			await production.create();
			expect(number.smsUrl).toBe(PRODUCTION);
			await production.delete();
			expect(number.smsUrl).toBe(CRM);
		});

		it('lets the workflow be deactivated in the middle of a test', async () => {
			const { production, test } = await both();
			await production.create();
			await test.create();
			await production.delete();
			expect(number).toMatchObject({ smsUrl: DEMO, smsFallbackUrl: '' });
			await test.delete();
			expect(number).toMatchObject({ smsUrl: DEMO, smsFallbackUrl: '' });
		});
	});
});

describe('on the Messaging Service', () => {
	const service = (options: Parameters<TriggerBench['twilio']['addService']>[1]) =>
		bench.twilio.addService(bench.account.accountSid, options);
	const hooks = ({ sid }: Pick<ServiceRecord, 'sid'>, more: Partial<WebhookSetup> = {}) =>
		webhookHooks(bench.setup({}, { credential: { messagingServiceSid: sid }, ...more }));

	it('registers on the Service, and gives back what was there', async () => {
		const own = service({ useInboundWebhookOnNumber: false });
		const trigger = hooks(own);
		await trigger.create();
		expect(own).toMatchObject({ inboundRequestUrl: PRODUCTION, inboundMethod: 'POST' });
		expect(await trigger.checkExists()).toBe(true);
		await trigger.delete();
		expect(own.inboundRequestUrl ?? '').toBe('');
	});

	it('registers on the numbers of a Service that defers to them, and leaves its switch alone', async () => {
		const number = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550100',
		});
		const own = service({ useInboundWebhookOnNumber: true, numbers: [number.phoneNumber] });
		const trigger = hooks(own);
		await trigger.create();
		expect(number.smsUrl).toBe(PRODUCTION);
		expect(own).toMatchObject({ inboundRequestUrl: null, useInboundWebhookOnNumber: true });
		await trigger.delete();
		expect(number.smsUrl).toBe(DEMO);
	});

	it('refuses a Service that defers to numbers it does not have', async () => {
		const own = service({ friendlyName: 'Empty', useInboundWebhookOnNumber: true });
		await expect(hooks(own).create()).rejects.toThrow(
			'the Messaging Service "Empty" hands its texts over to its phone numbers, and it has none',
		);
	});

	it("refuses another app's webhook, naming the Service", async () => {
		const own = service({
			friendlyName: 'Shop',
			useInboundWebhookOnNumber: false,
			inboundRequestUrl: CRM,
		});
		await expect(hooks(own).create()).rejects.toThrow(
			'Messaging Service "Shop" sends its texts to crm.example.com/sms',
		);
	});

	it('refuses a Service that the account does not have', async () => {
		await expect(hooks({ sid: `MG${'0'.repeat(32)}` }).create()).rejects.toThrow(
			"That Messaging Service SID wasn't found on the account",
		);
	});

	it('asks for the Service where the credential names none', async () => {
		await expect(
			webhookHooks(bench.setup({ receiveOn: 'messagingService' })).create(),
		).rejects.toThrow('Messaging Service SID: it is empty in the credential');
	});

	it('lends the place to a test and gets it back', async () => {
		const own = service({ useInboundWebhookOnNumber: false });
		const production = hooks(own);
		await production.create();
		const test = hooks(own, { isTest: true });
		await test.create();
		expect(own).toMatchObject({ inboundRequestUrl: TEST, fallbackUrl: PRODUCTION });
		await test.delete();
		expect(own.inboundRequestUrl).toBe(PRODUCTION);
		expect(own.fallbackUrl ?? '').toBe('');
	});
});

describe('by hand', () => {
	it('changes nothing at Twilio and is there at once', async () => {
		const trigger = webhookHooks(bench.setup({ receiveOn: 'manual' }));
		expect(await trigger.checkExists()).toBe(true);
		await trigger.delete();
		expect(bench.twilio.requests).toEqual([]);
	});
});

describe('what cannot work is refused at activation', () => {
	const hooks = (
		parameters: INodeParameters,
		more?: Parameters<TriggerBench['setup']>[1],
	): WebhookHooks => webhookHooks(bench.setup({ receiveOn: 'manual', ...parameters }, more));
	const agents = (...agent: INodeParameters[]): INodeParameters => ({ agents: { agent } });

	it('two agents with one ID', async () => {
		const trigger = hooks(
			agents({ name: 'A', numbers: '+14155550100' }, { id: 'a', name: 'B' }),
		);
		await expect(trigger.checkExists()).rejects.toThrow(
			'Agent 2, Permanent Name: "a" is that of agent 1',
		);
	});

	it('an agent that notifies, without a signing secret', async () => {
		const trigger = hooks(
			agents({ name: 'A', onText: 'notify', webhookUrl: 'https://crm.example.com/sms' }),
		);
		await expect(trigger.checkExists()).rejects.toThrow(
			'Notify Signing Secret: it is empty in the Twilio Messaging API credential',
		);
	});

	it('but does not keep n8n from giving back what it has', async () => {
		const number = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550100',
		});
		const parameters = { receiveOn: 'phoneNumbers', phoneNumbers: [number.sid] };
		const { create, staticData } = hooks(parameters);
		await create();
		await hooks({ ...parameters, ...agents() }, { staticData }).delete();
		expect(number.smsUrl).toBe(DEMO);
		await hooks({ receiveOn: 'messagingService' }).delete();
	});

	it('a node without a webhook ID', async () => {
		const trigger = hooks({}, { settings: { webhookId: undefined as unknown as string } });
		await expect(trigger.checkExists()).rejects.toThrow('this node has no webhook ID');
	});

	it('a Public Base URL that is none', async () => {
		const trigger = hooks({ options: { publicBaseUrl: 'sms.example.com' } });
		await expect(trigger.checkExists()).rejects.toThrow('Public Base URL: "sms.example.com"');
	});

	it("a credential with somebody's API key", async () => {
		const trigger = hooks({}, { credential: { accountSid: 'SK1' } });
		await expect(trigger.checkExists()).rejects.toThrow(
			'Account SID: this is the SID of an API key (SK...)',
		);
	});

	it('an address inside the own network, unless Twilio is there too', async () => {
		const number = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550100',
		});
		const parameters = { receiveOn: 'phoneNumbers', phoneNumbers: [number.sid] };
		const local = { webhookBaseUrl: 'http://localhost:5678/webhook' };
		await hooks(parameters, local).create();
		expect(number.smsUrl).toContain('http://localhost:5678/webhook/webhook-1/twilio#');

		const real = { ...local, credential: { apiBaseUrl: 'https://api.twilio.com' } };
		await expect(hooks(parameters, real).create()).rejects.toThrow(
			/Twilio cannot reach this n8n at http:\/\/localhost:5678.*WEBHOOK_URL/,
		);
	});

	it('registers the public base URL where one is set', async () => {
		const number = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550100',
		});
		const trigger = hooks(
			{
				receiveOn: 'phoneNumbers',
				phoneNumbers: [number.sid],
				options: { publicBaseUrl: 'https://sms.example.com/' },
			},
			{ webhookBaseUrl: 'http://localhost:5678/webhook' },
		);
		await trigger.create();
		expect(number.smsUrl).toContain('https://sms.example.com/webhook/webhook-1/twilio#');
	});

	it('never tells the Auth Token', async () => {
		const trigger = hooks(
			{ receiveOn: 'messagingService' },
			{
				credential: {
					authToken: 'not-the-token-of-this-account',
					messagingServiceSid: `MG${'0'.repeat(32)}`,
				},
			},
		);
		const refusal: unknown = await trigger.create().catch((error: unknown) => error);
		expect(JSON.stringify(refusal) + String(refusal)).not.toContain('not-the-token');
	});
});
