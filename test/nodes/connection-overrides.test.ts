import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import type { NumberRecord } from '../../emulator/twilio/records';
import { callForm, PHONE } from './support/call-bench';
import { listenWebhook, webhookHooks } from './support/call-webhook';
import { TEST_WEBHOOK_BASE, WEBHOOK_BASE } from './support/host-stand-in';
import { signedCall, textForm } from './support/signed-text';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const PLAIN = `${WEBHOOK_BASE}/webhook-1/twilio`;
const OFF: INodeParameters = { options: { tryAgain: false } };

let bench: TriggerBench;
let number: NumberRecord;
let workflows = 0;

afterEach(async () => {
	await bench.close();
});

describe.each([
	{
		name: 'Incoming SMS Trigger',
		node: () => new IncomingSmsTrigger(),
		url: 'smsUrl',
		overrides: '#rc=5&rp=all&ct=2500&rt=7000',
		form: textForm,
	},
	{
		name: 'Missed Call Trigger',
		node: () => new MissedCallTrigger(),
		url: 'voiceUrl',
		overrides: '#rc=3&rp=all&ct=2500&rt=5000&tt=10000',
		form: callForm,
	},
] as const)('$name', ({ node, url, overrides, form }) => {
	type Setup = NonNullable<Parameters<TriggerBench['setup']>[1]>;
	const setup = (parameters: INodeParameters = {}, more: Setup = {}) =>
		bench.setup(
			{
				receiveOn: 'phoneNumbers',
				phoneNumbers: [number.sid],
				phones: PHONE,
				...parameters,
			},
			{ workflowId: `overrides-${workflows}`, ...more },
		);

	beforeEach(async () => {
		workflows += 1;
		bench = await openTriggerBench(node);
		number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550100' });
	});

	it('asks Twilio to try again, unless the builder switches that off', async () => {
		const trigger = webhookHooks(setup());
		await trigger.create();
		expect(number[url]).toBe(PLAIN + overrides);
		const off = webhookHooks(setup(OFF, { staticData: trigger.staticData }));
		expect(await off.checkExists()).toBe(false);
		await off.create();
		expect(number[url]).toBe(PLAIN);
		expect(await off.checkExists()).toBe(true);
	});

	it('brings an address from before up to date', async () => {
		const former = webhookHooks(setup(OFF));
		await former.create();
		const trigger = webhookHooks(setup({}, { staticData: former.staticData }));
		expect(await trigger.checkExists()).toBe(false);
		await trigger.create();
		expect(number[url]).toBe(PLAIN + overrides);
		expect(await trigger.checkExists()).toBe(true);
	});

	it('asks for no second try of a test, which takes one request', async () => {
		await webhookHooks(setup({}, { isTest: true })).create();
		expect(number[url]).toBe(`${TEST_WEBHOOK_BASE}/webhook-1/twilio`);
	});

	it("gives back another app's address with the overrides that it had", async () => {
		const theirs = 'https://crm.example.com/in?key=1#rc=2&rp=5xx,ct';
		number[url] = theirs;
		const trigger = webhookHooks(setup({ options: { overwriteWebhook: true } }));
		await trigger.create();
		await trigger.delete();
		expect(number[url]).toBe(theirs);
	});

	it('knows its address by any overrides', async () => {
		const trigger = webhookHooks(setup());
		await trigger.create();
		number[url] = `${PLAIN}#rc=1`;
		expect(await trigger.checkExists()).toBe(false);
		await trigger.delete();
		expect(number[url]).toContain('https://demo.twilio.com/');
	});

	it('makes do with the bare address where Twilio refuses it with overrides', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21502, status: 400, method: 'POST' });
		await webhookHooks(setup()).create();
		expect(number[url]).toBe(PLAIN);
	});

	it('takes what Twilio signs, whether it signs the overrides or not', async () => {
		const trigger = webhookHooks(setup());
		await trigger.create();
		const webhook = await listenWebhook({ ...setup(), staticData: trigger.staticData });
		const status = async (fragment: string, query = '') => {
			const { authToken, accountSid } = bench.account;
			const request = signedCall(PLAIN, authToken, form(accountSid), query + fragment);
			return (await webhook.call({ ...request, query })).status;
		};
		try {
			expect(await status('')).toBe(200);
			expect(await status(overrides)).toBe(200);
			expect(await status(overrides, '?a=1')).toBe(200);
			expect(await status('#rc=1')).toBe(403);
		} finally {
			await webhook.close();
		}
	});
});

describe('a text that n8n could not take at once', () => {
	it('comes by the next try, and starts one run', async () => {
		bench = await openTriggerBench();
		number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550100' });
		const setup = bench.setup({ receiveOn: 'phoneNumbers', phoneNumbers: [number.sid] });
		const trigger = webhookHooks(setup);
		await trigger.create();
		const webhook = await listenWebhook({ ...setup, staticData: trigger.staticData });
		bench.twilio.mapHost(new URL(WEBHOOK_BASE).origin, webhook.origin);
		// The answer gets lost on the way, and Twilio asks while the text is known already.
		bench.twilio.faults.next({ kind: 'webhook-response-lost' });
		const { deliveries } = await bench.twilio.textFromContact({
			from: '+14155550123',
			to: number.phoneNumber,
			body: 'Are you open?',
		});
		await webhook.idle();
		await webhook.close();
		expect(deliveries.map(({ attempt, errorCode }) => [attempt, errorCode])).toEqual([
			[1, 11200],
			[2, null],
		]);
		const runs = webhook.ended.filter(({ result }) => result?.workflowData !== undefined);
		expect(runs).toHaveLength(1);
	});
});
