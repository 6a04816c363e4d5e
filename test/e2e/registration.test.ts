import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { poll } from '../../harness/poll';
import { itemsOf } from '../../harness/n8n-client';
import { TRIGGER, triggerWorkflow, testUrlOf, webhookUrlOf } from './support/trigger-workflow';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const DEMO = 'https://demo.twilio.com/welcome/sms/reply';
const CRM = 'https://crm.example.com/sms?key=secret';
const OVERWRITE = { options: { overwriteWebhook: true } };

let fixture: E2eFixture;

beforeEach(async () => {
	fixture = await openE2eFixture();
});

afterEach(async () => {
	await fixture.close();
});

/** On the Messaging Service, with a credential that names it. */
async function onService(options: Parameters<E2eFixture['twilio']['addService']>[1]) {
	const service = fixture.twilio.addService(fixture.account.accountSid, options);
	const credential = {
		name: `with ${service.sid}`,
		type: 'twilioMessagingApi',
		data: {
			accountSid: fixture.account.accountSid,
			authToken: fixture.account.authToken,
			messagingServiceSid: service.sid,
			apiBaseUrl: fixture.twilio.baseUrl,
		},
	};
	const id = await fixture.client.createCredential(credential);
	const workflow = triggerWorkflow(
		fixture,
		{ receiveOn: 'messagingService' },
		{ credential: { id, name: credential.name } },
	);
	return { service, workflow, dispose: async () => await fixture.client.deleteCredential(id) };
}

describe('activating', () => {
	it('connects a number, and deactivating gives the demo back', async () => {
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture));
		expect(fixture.number.smsUrl).toBe(await webhookUrlOf(fixture, workflow));
		await fixture.client.deactivate(workflow.id);
		expect(fixture.number.smsUrl).toBe(DEMO);
	});

	it("refuses another app's webhook, says whose it is and leaves it there", async () => {
		fixture.number.smsUrl = CRM;
		const workflow = await fixture.addWorkflow(triggerWorkflow(fixture));
		await expect(fixture.client.activate(workflow.id)).rejects.toThrow(
			/\+14155550100 sends its texts to crm\.example\.com\/sms\. If that is another workflow.*Take Over From Another App/,
		);
		expect(fixture.number.smsUrl).toBe(CRM);
	});

	it('takes it over with the tick, and gives it back', async () => {
		Object.assign(fixture.number, { smsUrl: CRM, smsMethod: 'GET' });
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture, OVERWRITE));
		expect(fixture.number.smsUrl).toBe(await webhookUrlOf(fixture, workflow));
		await fixture.client.deactivate(workflow.id);
		expect(fixture.number).toMatchObject({ smsUrl: CRM, smsMethod: 'GET' });
	});

	it('clears a TwiML App with the tick, and gives it back', async () => {
		fixture.number.smsApplicationSid = `AP${'1'.repeat(32)}`;
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture, OVERWRITE));
		expect(fixture.number.smsApplicationSid).toBe('');
		await fixture.client.deactivate(workflow.id);
		expect(fixture.number.smsApplicationSid).toBe(`AP${'1'.repeat(32)}`);
	});

	it('connects a Messaging Service', async () => {
		const { service, workflow, dispose } = await onService({
			useInboundWebhookOnNumber: false,
		});
		const stored = await fixture.startWorkflow(workflow);
		expect(service.inboundRequestUrl).toBe(await webhookUrlOf(fixture, stored));
		await fixture.client.deactivate(stored.id);
		expect(service.inboundRequestUrl ?? '').toBe('');
		await dispose();
	});

	it('connects the numbers of a Messaging Service that defers to them', async () => {
		const { service, workflow, dispose } = await onService({
			useInboundWebhookOnNumber: true,
			numbers: [fixture.number.phoneNumber],
		});
		const stored = await fixture.startWorkflow(workflow);
		expect(fixture.number.smsUrl).toBe(await webhookUrlOf(fixture, stored));
		expect(service).toMatchObject({
			inboundRequestUrl: null,
			useInboundWebhookOnNumber: true,
		});
		await fixture.client.deactivate(stored.id);
		expect(fixture.number.smsUrl).toBe(DEMO);
		await dispose();
	});

	it('again repairs what has drifted', async () => {
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture));
		const url = await webhookUrlOf(fixture, workflow);
		fixture.number.smsUrl = DEMO;
		await fixture.client.deactivate(workflow.id);
		await fixture.client.activate(workflow.id);
		expect(fixture.number.smsUrl).toBe(url);
		await fixture.client.deactivate(workflow.id);
		expect(fixture.number.smsUrl).not.toContain('/twilio');
	});

	it('after a publishing that a wrong Auth Token made fail connects the number', async () => {
		const definition = {
			name: 'mistyped',
			type: 'twilioMessagingApi',
			data: {
				accountSid: fixture.account.accountSid,
				authToken: 'f'.repeat(32),
				apiBaseUrl: fixture.twilio.baseUrl,
			},
		};
		const id = await fixture.client.createCredential(definition);
		const credential = { id, name: definition.name };
		const workflow = await fixture.addWorkflow(triggerWorkflow(fixture, {}, { credential }));
		await expect(fixture.client.activate(workflow.id)).rejects.toThrow(/Auth Token/);
		expect(fixture.number.smsUrl).toBe(DEMO);

		const data = { ...definition.data, authToken: fixture.account.authToken };
		await fixture.client.updateCredential(id, { ...definition, data });
		await fixture.client.activate(workflow.id);
		expect(fixture.number.smsUrl).toBe(await webhookUrlOf(fixture, workflow));
		await fixture.client.deactivate(workflow.id);
		expect(fixture.number.smsUrl).toBe(DEMO);
		await fixture.client.deleteCredential(id);
	});

	it('follows a change of the numbers', async () => {
		const second = fixture.twilio.addNumber(fixture.account.accountSid, {
			phoneNumber: '+14155550111',
		});
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture));
		await fixture.client.updateWorkflow(
			workflow.id,
			triggerWorkflow(fixture, { phoneNumbers: [second.sid] }),
		);
		const url = await webhookUrlOf(fixture, workflow);
		await poll('the second number to be connected', () => second.smsUrl === url || undefined);
		expect(fixture.number.smsUrl).toBe(DEMO);
	});
});

describe('listening for a test event', () => {
	it('gives the active workflow its place back after the text', async () => {
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture));
		const url = await webhookUrlOf(fixture, workflow);
		await fixture.client.listenForTest(workflow.id, TRIGGER);
		expect(fixture.number).toMatchObject({
			smsUrl: testUrlOf(url),
			smsFallbackUrl: url,
		});
		const { deliveries } = await fixture.twilio.textFromContact({
			from: '+14155550123',
			to: fixture.number.phoneNumber,
			body: 'testing',
		});
		expect(deliveries.map(({ status }) => status)).toEqual([200]);
		await poll('the place to be given back', () =>
			fixture.number.smsUrl === url && fixture.number.smsFallbackUrl === ''
				? true
				: undefined,
		);
		const [execution] = await fixture.client.endedExecutions(workflow.id, 1);
		expect(execution?.mode).toBe('manual');
		const item = execution && itemsOf(execution, TRIGGER)[0];
		expect(item?.json).toMatchObject({ event: 'message', body: 'testing' });
	});

	it('gives it back when the test is stopped', async () => {
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture));
		const url = await webhookUrlOf(fixture, workflow);
		await fixture.client.listenForTest(workflow.id, TRIGGER);
		expect(fixture.number.smsUrl).not.toBe(url);
		await fixture.client.stopListening(workflow.id);
		await poll('the place to be given back', () =>
			fixture.number.smsUrl === url && fixture.number.smsFallbackUrl === ''
				? true
				: undefined,
		);
	});

	it("refuses another app's webhook as well", async () => {
		fixture.number.smsUrl = CRM;
		const workflow = await fixture.addWorkflow(triggerWorkflow(fixture));
		await expect(fixture.client.listenForTest(workflow.id, TRIGGER)).rejects.toThrow(
			'crm.example.com/sms',
		);
		expect(fixture.number.smsUrl).toBe(CRM);
	});
});

describe('the list of phone numbers', () => {
	it('is loaded from the account', async () => {
		const options = await fixture.client.loadOptions({
			type: 'n8n-nodes-sms-agent.incomingSmsTrigger',
			typeVersion: 2,
			path: 'parameters.phoneNumbers',
			methodName: 'getPhoneNumbers',
			credentials: { twilioMessagingApi: fixture.credentials.twilioMessagingApi },
		});
		expect(options).toEqual([
			{
				name: '+14155550100',
				value: fixture.number.phoneNumber,
				description: 'Free: nothing receives its texts',
			},
		]);
	});
});
