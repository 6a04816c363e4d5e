import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { poll } from './support/poll';
import { TRIGGER, triggerWorkflow, webhookUrlOf } from './support/trigger-workflow';
import { openWorld, type World } from './support/world';

const DEMO = 'https://demo.twilio.com/welcome/sms/reply';
const CRM = 'https://crm.example.com/sms?key=secret';
const OVERWRITE = { options: { overwriteWebhook: true } };

let world: World;

beforeEach(async () => {
	world = await openWorld();
});

afterEach(async () => {
	await world.close();
});

/** On the Messaging Service, with a credential that names it. */
async function onService(options: Parameters<World['twilio']['addService']>[1]) {
	const service = world.twilio.addService(world.account.accountSid, options);
	const credential = {
		name: `with ${service.sid}`,
		type: 'twilioMessagingApi',
		data: {
			accountSid: world.account.accountSid,
			authToken: world.account.authToken,
			messagingServiceSid: service.sid,
			apiBaseUrl: world.twilio.baseUrl,
		},
	};
	const id = await world.client.createCredential(credential);
	const workflow = triggerWorkflow(
		world,
		{ receiveOn: 'messagingService' },
		{ credential: { id, name: credential.name } },
	);
	return { service, workflow, dispose: async () => await world.client.deleteCredential(id) };
}

describe('activating', () => {
	it('connects a number, and deactivating gives the demo back', async () => {
		const workflow = await world.startWorkflow(triggerWorkflow(world));
		expect(world.number.smsUrl).toBe(await webhookUrlOf(world, workflow));
		await world.client.deactivate(workflow.id);
		expect(world.number.smsUrl).toBe(DEMO);
	});

	it("refuses another app's webhook, says whose it is and leaves it there", async () => {
		world.number.smsUrl = CRM;
		const workflow = await world.addWorkflow(triggerWorkflow(world));
		await expect(world.client.activate(workflow.id)).rejects.toThrow(
			/\+14155550100 sends its texts to crm\.example\.com\/sms\. If that is another workflow.*Overwrite Another App's Webhook/,
		);
		expect(world.number.smsUrl).toBe(CRM);
	});

	it('takes it over with the tick, and gives it back', async () => {
		Object.assign(world.number, { smsUrl: CRM, smsMethod: 'GET' });
		const workflow = await world.startWorkflow(triggerWorkflow(world, OVERWRITE));
		expect(world.number.smsUrl).toBe(await webhookUrlOf(world, workflow));
		await world.client.deactivate(workflow.id);
		expect(world.number).toMatchObject({ smsUrl: CRM, smsMethod: 'GET' });
	});

	it('clears a TwiML App with the tick, and gives it back', async () => {
		world.number.smsApplicationSid = `AP${'1'.repeat(32)}`;
		const workflow = await world.startWorkflow(triggerWorkflow(world, OVERWRITE));
		expect(world.number.smsApplicationSid).toBe('');
		await world.client.deactivate(workflow.id);
		expect(world.number.smsApplicationSid).toBe(`AP${'1'.repeat(32)}`);
	});

	it('connects a Messaging Service', async () => {
		const { service, workflow, dispose } = await onService({
			useInboundWebhookOnNumber: false,
		});
		const stored = await world.startWorkflow(workflow);
		expect(service.inboundRequestUrl).toBe(await webhookUrlOf(world, stored));
		await world.client.deactivate(stored.id);
		expect(service.inboundRequestUrl ?? '').toBe('');
		await dispose();
	});

	it('connects the numbers of a Messaging Service that defers to them', async () => {
		const { service, workflow, dispose } = await onService({
			useInboundWebhookOnNumber: true,
			numbers: [world.number.phoneNumber],
		});
		const stored = await world.startWorkflow(workflow);
		expect(world.number.smsUrl).toBe(await webhookUrlOf(world, stored));
		expect(service).toMatchObject({
			inboundRequestUrl: null,
			useInboundWebhookOnNumber: true,
		});
		await world.client.deactivate(stored.id);
		expect(world.number.smsUrl).toBe(DEMO);
		await dispose();
	});

	it('again repairs what has drifted', async () => {
		const workflow = await world.startWorkflow(triggerWorkflow(world));
		const url = await webhookUrlOf(world, workflow);
		world.number.smsUrl = url.replace('127.0.0.1', 'former-host.example.com');
		await world.client.deactivate(workflow.id);
		await world.client.activate(workflow.id);
		expect(world.number.smsUrl).toBe(url);
		await world.client.deactivate(workflow.id);
		expect(world.number.smsUrl).not.toContain('/twilio');
	});

	it('after a publishing that a wrong Auth Token made fail connects the number', async () => {
		const definition = {
			name: 'mistyped',
			type: 'twilioMessagingApi',
			data: {
				accountSid: world.account.accountSid,
				authToken: 'f'.repeat(32),
				apiBaseUrl: world.twilio.baseUrl,
			},
		};
		const id = await world.client.createCredential(definition);
		const credential = { id, name: definition.name };
		const workflow = await world.addWorkflow(triggerWorkflow(world, {}, { credential }));
		await expect(world.client.activate(workflow.id)).rejects.toThrow(/Auth Token/);
		expect(world.number.smsUrl).toBe(DEMO);

		const data = { ...definition.data, authToken: world.account.authToken };
		await world.client.updateCredential(id, { ...definition, data });
		await world.client.activate(workflow.id);
		expect(world.number.smsUrl).toBe(await webhookUrlOf(world, workflow));
		await world.client.deactivate(workflow.id);
		expect(world.number.smsUrl).toBe(DEMO);
		await world.client.deleteCredential(id);
	});

	it('follows a change of the numbers', async () => {
		const second = world.twilio.addNumber(world.account.accountSid, {
			phoneNumber: '+14155550111',
		});
		const workflow = await world.startWorkflow(triggerWorkflow(world));
		await world.client.updateWorkflow(
			workflow.id,
			triggerWorkflow(world, { phoneNumbers: [second.sid] }),
		);
		const url = await webhookUrlOf(world, workflow);
		await poll('the second number to be connected', () => second.smsUrl === url || undefined);
		expect(world.number.smsUrl).toBe(DEMO);
	});
});

describe('listening for a test event', () => {
	it('gives the active workflow its place back after the text', async () => {
		const workflow = await world.startWorkflow(triggerWorkflow(world));
		const url = await webhookUrlOf(world, workflow);
		await world.client.listenForTest(workflow.id, TRIGGER);
		expect(world.number).toMatchObject({
			smsUrl: url.replace('/webhook/', '/webhook-test/'),
			smsFallbackUrl: url,
		});
		const { deliveries } = await world.twilio.textFromContact({
			from: '+14155550123',
			to: world.number.phoneNumber,
			body: 'testing',
		});
		expect(deliveries.map(({ status }) => status)).toEqual([200]);
		await poll('the place to be given back', () =>
			world.number.smsUrl === url && world.number.smsFallbackUrl === '' ? true : undefined,
		);
		const [execution] = await world.client.endedExecutions(workflow.id, 1);
		expect(execution?.mode).toBe('manual');
	});

	it('gives it back when the test is stopped', async () => {
		const workflow = await world.startWorkflow(triggerWorkflow(world));
		const url = await webhookUrlOf(world, workflow);
		await world.client.listenForTest(workflow.id, TRIGGER);
		expect(world.number.smsUrl).not.toBe(url);
		await world.client.stopListening(workflow.id);
		await poll('the place to be given back', () =>
			world.number.smsUrl === url && world.number.smsFallbackUrl === '' ? true : undefined,
		);
	});

	it("refuses another app's webhook as well", async () => {
		world.number.smsUrl = CRM;
		const workflow = await world.addWorkflow(triggerWorkflow(world));
		await expect(world.client.listenForTest(workflow.id, TRIGGER)).rejects.toThrow(
			'crm.example.com/sms',
		);
		expect(world.number.smsUrl).toBe(CRM);
	});
});

describe('the list of phone numbers', () => {
	it('is loaded from the account', async () => {
		const options = await world.client.loadOptions({
			type: 'n8n-nodes-sms-agent.incomingSmsTrigger',
			typeVersion: 2,
			path: 'parameters.phoneNumbers',
			methodName: 'getPhoneNumbers',
			credentials: { twilioMessagingApi: world.credentials.twilioMessagingApi },
		});
		expect(options).toEqual([
			{
				name: '+14155550100',
				value: world.number.sid,
				description: 'Free: nothing receives its texts',
			},
		]);
	});
});
