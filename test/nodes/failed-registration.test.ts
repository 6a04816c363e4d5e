import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { CONNECTION_OVERRIDES } from '../../nodes/shared/twilio/registration/own-webhook-url';
import type { NumberRecord } from '../../emulator/twilio/records';
import type { ManualClock } from '../support/manual-clock';
import { PHONE } from './support/call-bench';
import { webhookHooks } from './support/call-webhook';
import { holdClock } from './support/held-clock';
import { WEBHOOK_BASE } from './support/host-stand-in';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const CRM = 'https://crm.example.com/in?key=secret';
const WRONG = { authToken: 'not-the-token-of-this-account' };

let bench: TriggerBench;
let number: NumberRecord;
let clock: ManualClock;
let workflows = 0;

afterEach(async () => {
	await bench.close();
});

type Setup = Parameters<TriggerBench['setup']>[1];

describe.each([
	['Incoming SMS Trigger', () => new IncomingSmsTrigger(), 'smsUrl', 'texts', 1],
	['Missed Call Trigger', () => new MissedCallTrigger(), 'voiceUrl', 'calls', 2],
] as const)('%s', (_name, trigger, url, what, endpoints) => {
	const overrides = CONNECTION_OVERRIDES[url === 'smsUrl' ? 'texts' : 'calls'];
	const PRODUCTION = `${WEBHOOK_BASE}/webhook-1/twilio${overrides}`;
	const hooks = (parameters: INodeParameters = {}, more: Setup = {}) =>
		webhookHooks(
			bench.setup(
				{
					receiveOn: 'phoneNumbers',
					phoneNumbers: [number.sid],
					threadStore: 'staticData',
					phones: PHONE,
					options: { overwriteWebhook: true },
					...parameters,
				},
				{ workflowId: `failed-${workflows++}`, ...more },
			),
		);
	/** Twilio fails every request from here on. */
	const twilioFails = () => {
		for (let request = 0; request < 20; request += 1) bench.twilio.faults.next({ kind: '503' });
	};
	/** To its end, whatever it waits for meanwhile. */
	const ended = async <T>(running: Promise<T>): Promise<T> => {
		let over = false;
		const settle = running.finally(() => (over = true));
		settle.catch(() => undefined);
		while (!over) await clock.advance(1_000);
		return await settle;
	};

	beforeEach(async () => {
		bench = await openTriggerBench(trigger);
		number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550100' });
		number[url] = CRM;
		clock = holdClock();
	});

	it('cleans up after a wrong Auth Token without failing, and is published with the right one', async () => {
		const failed = hooks({}, { credential: WRONG });
		await expect(failed.checkExists()).rejects.toThrow();
		await expect(failed.create()).rejects.toThrow();
		expect(await failed.delete()).toBe(true);
		expect(failed.warnings).toEqual([
			expect.stringContaining("Could not look whether Twilio still has this node's address"),
		]);
		expect(failed.warnings.join()).not.toContain('not-the-token');

		const mended = hooks({}, { staticData: failed.staticData });
		expect(await mended.checkExists()).toBe(false);
		await mended.create();
		expect(number[url]).toBe(PRODUCTION);
		await mended.delete();
		expect(number[url]).toBe(CRM);
	});

	it("leaves the reason where n8n's API shows it, until publishing works", async () => {
		const failed = hooks({}, { credential: WRONG });
		await expect(failed.create()).rejects.toThrow();
		await failed.delete();
		const reasons = () => (failed.staticData['global'] as IDataObject)['smsNotPublished'];
		expect(JSON.stringify(reasons())).toContain('Auth Token');
		expect(JSON.stringify(reasons())).not.toContain('not-the-token');

		const mended = hooks({}, { staticData: failed.staticData });
		await mended.create();
		expect(reasons()).toEqual({});
		await mended.delete();
	});

	it('cleans up while Twilio is down, and is published when it is back', async () => {
		const failed = hooks();
		twilioFails();
		await expect(failed.create()).rejects.toThrow();
		expect(await ended(failed.delete())).toBe(true);
		bench.twilio.faults.clear();
		await failed.create();
		expect(number[url]).toBe(PRODUCTION);
		await failed.delete();
		expect(number[url]).toBe(CRM);
		expect(failed.warnings).toHaveLength(1);
	});

	it.each<[string, INodeParameters, Setup]>([
		['without a webhook ID', {}, { settings: { webhookId: undefined as unknown as string } }],
		['with a Public Base URL that is none', { options: { publicBaseUrl: 'sms' } }, {}],
		["with somebody's API key", {}, { credential: { accountSid: 'SK1' } }],
		['without a credential', {}, { settings: { credentials: {} } }],
	])('cleans up %s', async (_how, parameters, more) => {
		const failed = hooks(parameters, more);
		await expect(failed.create()).rejects.toThrow();
		expect(await failed.delete()).toBe(true);
		expect(failed.warnings).toHaveLength(1);
		expect(number[url]).toBe(CRM);
	});

	it('is published once a missing webhook ID is there, as after a save in the editor', async () => {
		const workflowId = `failed-${workflows++}`;
		const failed = hooks(
			{},
			{ workflowId, settings: { webhookId: undefined as unknown as string } },
		);
		await expect(failed.checkExists()).rejects.toThrow('no webhook ID');
		await failed.delete();
		const saved = hooks({}, { workflowId, staticData: failed.staticData });
		expect(await saved.checkExists()).toBe(false);
		await saved.create();
		expect(number[url]).toBe(PRODUCTION);
		await saved.delete();
		expect(number[url]).toBe(CRM);
	});

	it('moves to the new webhook ID that a save by the API gives, and forgets nothing', async () => {
		const workflowId = `failed-${workflows++}`;
		const before = hooks({}, { workflowId });
		await before.create();
		const after = hooks(
			{},
			{ workflowId, staticData: before.staticData, settings: { webhookId: 'webhook-new' } },
		);
		// n8n may ask either of the two to clean up.
		await after.delete();
		expect(number[url]).toBe(CRM);
		await after.create();
		expect(number[url]).toBe(`${WEBHOOK_BASE}/webhook-new/twilio${overrides}`);
		await after.delete();
		expect(number[url]).toBe(CRM);
	});

	it('says what it could not give back, and how to, and gives it back the next time', async () => {
		const published = hooks();
		await published.create();
		twilioFails();
		expect(await ended(published.delete())).toBe(true);
		expect(number[url]).toBe(PRODUCTION);
		expect(published.warnings).toHaveLength(endpoints);
		const [warning] = published.warnings;
		expect(warning).toContain(`+14155550100 may still send its ${what} to this node's address`);
		expect(warning).toContain('publish this workflow again and unpublish it');
		expect(warning).toContain('set +14155550100 in the Twilio Console to');
		expect(warning).toContain('crm.example.com/in');
		expect(warning).not.toContain('secret');

		bench.twilio.faults.clear();
		await published.delete();
		expect(number[url]).toBe(CRM);
		expect(published.warnings).toHaveLength(endpoints);
	});

	it('gives back the other numbers where one cannot be', async () => {
		const second = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550101',
		});
		second[url] = CRM;
		const published = hooks({ phoneNumbers: [number.sid, second.sid] });
		await published.create();
		const path = `/${number.sid}.json`;
		for (let request = 0; request < 20; request += 1) {
			bench.twilio.faults.next({ kind: '503', path });
		}
		await ended(published.delete());
		expect([number[url], second[url]]).toEqual([PRODUCTION, CRM]);
		bench.twilio.faults.clear();
		await published.delete();
		expect(number[url]).toBe(CRM);
	});

	it("sits out a moment's outage", async () => {
		const published = hooks();
		await published.create();
		bench.twilio.faults.next({ kind: '503' });
		await ended(published.delete());
		expect(number[url]).toBe(CRM);
		expect(published.warnings).toEqual([]);
	});
});
