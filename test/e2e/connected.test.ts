import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredWorkflow } from '../../harness/n8n-client';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';
import { agentReplyIn, triggerIn } from '../../harness/two-way-agent';
import { inARow } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { missedCallIn } from './support/missed-call';
import { onNumbers, TRIGGER, triggerWorkflow, webhookUrlOf } from './support/trigger-workflow';
import { setUp, workflowFile } from './support/workflow-file';

const CRM = 'https://crm.example.com/sms?key=secret';
const OVERWRITE = { options: { overwriteWebhook: true } };
const CONTACT = '+14155550123';

let fixture: E2eFixture;

beforeEach(async () => {
	fixture = await openE2eFixture({ numbers: 2 });
});
afterEach(async () => {
	await fixture.close();
});

const numberAt = (index: number) => {
	const number = fixture.numbers[index];
	if (!number) throw new Error('The fixture has two numbers');
	return number;
};
const one = (index: number) => ({
	receiveOn: 'phoneNumbers',
	phoneNumbers: [numberAt(index).sid],
});

describe('a second n8n', () => {
	const env = { WEBHOOK_URL: 'https://old.example.com/' };
	let n8n: N8nHost;

	beforeAll(async () => {
		n8n = await startN8n({ env });
	});
	afterAll(async () => {
		await n8n.stop();
	});

	it('with a copy of the workflow is refused, published or in a test, and the first keeps its texts', async () => {
		const first = await fixture.startWorkflow(triggerWorkflow(fixture, one(0)));
		const url = await webhookUrlOf(fixture, first);
		const credential = await n8n.client.createCredential({
			name: 'the same account',
			type: 'twilioMessagingApi',
			data: {
				accountSid: fixture.account.accountSid,
				authToken: fixture.account.authToken,
				apiBaseUrl: fixture.twilio.baseUrl,
			},
		});
		const { nodes, connections, settings } = await fixture.client.workflow(first.id);
		const twilio = { id: credential, name: 'the same account' };
		const copied = nodes.map((node) =>
			node.credentials ? { ...node, credentials: { twilioMessagingApi: twilio } } : node,
		);
		const copy = await n8n.client.createWorkflow({
			name: 'the copy',
			nodes: copied,
			connections,
			...(settings && { settings }),
		});
		expect(copy.nodes[0]?.webhookId).toBe(nodes[0]?.webhookId);

		await expect(n8n.client.listenForTest(copy.id, TRIGGER)).rejects.toThrow(
			'another app is connected already',
		);
		expect(numberAt(0).smsUrl).toBe(url);
		await expect(n8n.client.activate(copy.id)).rejects.toThrow('on another n8n');
		expect(numberAt(0).smsUrl).toBe(url);
		await n8n.client.deactivate(copy.id).catch(() => undefined);
		expect(numberAt(0).smsUrl).toBe(url);

		await fixture.twilio.textFromContact({
			from: CONTACT,
			to: numberAt(0).phoneNumber,
			body: 'Who takes this?',
		});
		expect(await fixture.client.endedExecutions(first.id, 1)).toHaveLength(1);
		expect(await n8n.client.executions(copy.id)).toEqual([]);
	});

	it('whose address changes knows its former one', async () => {
		const moving = await openE2eFixture({ n8n });
		try {
			moving.number.smsUrl = CRM;
			const { id } = await moving.startWorkflow(triggerWorkflow(moving, OVERWRITE));
			expect(moving.number.smsUrl).toContain('https://old.example.com/webhook/');
			env.WEBHOOK_URL = 'https://new.example.com/';
			await n8n.restart();
			await moving.client.deactivate(id);
			await moving.client.activate(id);
			expect(moving.number.smsUrl).toContain('https://new.example.com/webhook/');
			await moving.client.deactivate(id);
			expect(moving.number.smsUrl).toBe(CRM);
		} finally {
			await moving.close();
		}
	});
});

describe('a Missed Call Trigger', () => {
	it('is connected by the second publishing where a wrong Auth Token made the first fail', async () => {
		const definition = {
			name: 'mistyped for calls',
			type: 'twilioMessagingApi',
			data: {
				accountSid: fixture.account.accountSid,
				authToken: 'f'.repeat(32),
				apiBaseUrl: fixture.twilio.baseUrl,
			},
		};
		const id = await fixture.client.createCredential(definition);
		const trigger = missedCallIn(fixture);
		const credentials = { twilioMessagingApi: { id, name: definition.name } };
		const workflow = await fixture.addWorkflow({
			name: 'calls',
			nodes: [{ ...trigger, credentials }],
			connections: {},
		});
		const before = numberAt(0).voiceUrl;
		await expect(fixture.client.activate(workflow.id)).rejects.toThrow(/Auth Token/);
		const data = { ...definition.data, authToken: fixture.account.authToken };
		await fixture.client.updateCredential(id, { ...definition, data });
		await fixture.client.activate(workflow.id);
		expect(numberAt(0).voiceUrl).toMatch(/\/twilio#rc=/);
		await fixture.client.deactivate(workflow.id);
		expect(numberAt(0).voiceUrl).toBe(before);
		await fixture.client.deleteCredential(id);
	});
});

describe('a run that overlaps a publishing', () => {
	it('leaves nothing behind: both numbers get back what they had', async () => {
		numberAt(0).smsUrl = CRM;
		numberAt(1).smsUrl = `${CRM}&line=2`;
		const agent = (parameters: object) => {
			const trigger = triggerIn(fixture, {
				...onNumbers(fixture),
				...OVERWRITE,
				...parameters,
			});
			const reply = agentReplyIn(fixture);
			return {
				name: 'overlapped',
				nodes: [trigger, reply],
				connections: inARow(trigger.name, reply.name),
				settings: { executionOrder: 'v1' as const },
			};
		};
		const workflow = await fixture.startWorkflow(agent(one(0)));
		const { nodes } = await fixture.client.workflow(workflow.id);
		const webhookId = nodes.find(({ name }) => name === 'Incoming SMS Trigger')?.webhookId;

		const sent = fixture.twilio.waitForMessage(({ to }) => to === CONTACT, 60_000);
		fixture.model.faults.next({ kind: 'delay', ms: 8_000 });
		await fixture.twilio.textFromContact({
			from: CONTACT,
			to: numberAt(0).phoneNumber,
			body: 'Take your time',
		});
		const both = agent({});
		await fixture.client.updateWorkflow(workflow.id, {
			...both,
			nodes: both.nodes.map((node) =>
				node.name === 'Incoming SMS Trigger' && webhookId ? { ...node, webhookId } : node,
			),
		});
		await poll('the second number to be connected', () =>
			numberAt(1).smsUrl.includes('/twilio#') ? true : undefined,
		);
		expect(fixture.twilio.messages({ to: CONTACT })).toEqual([]);
		expect(numberAt(1).smsUrl).toBe(numberAt(0).smsUrl);
		await sent;
		await fixture.client.endedExecutions(workflow.id, 1);

		await fixture.client.deactivate(workflow.id);
		expect([numberAt(0).smsUrl, numberAt(1).smsUrl]).toEqual([CRM, `${CRM}&line=2`]);
	});
});

describe('a shipped file', () => {
	it('is imported twice and published twice, each on a number of its own', async () => {
		const published: StoredWorkflow[] = [];
		for (const index of [0, 1]) {
			const file = setUp(workflowFile('two-way-ai-agent'), fixture.credentials, {
				[TRIGGER]: one(index),
			});
			published.push(await fixture.startWorkflow(file));
		}
		const urls = await Promise.all(
			published.map(async (workflow) => await webhookUrlOf(fixture, workflow)),
		);
		expect(new Set(urls).size).toBe(2);
		expect(fixture.numbers.map(({ smsUrl }) => smsUrl)).toEqual(urls);
	});
});

describe('a copy with the same webhook ID', () => {
	it('cannot be published, and its unpublishing leaves the original connected', async () => {
		const original = await fixture.startWorkflow(triggerWorkflow(fixture, one(0)));
		const url = await webhookUrlOf(fixture, original);
		const { nodes } = await fixture.client.workflow(original.id);
		const copy = await fixture.addWorkflow({
			...triggerWorkflow(fixture, one(0)),
			nodes,
		});
		await expect(fixture.client.activate(copy.id)).rejects.toThrow();
		await fixture.client.deactivate(copy.id).catch(() => undefined);
		expect(numberAt(0).smsUrl).toBe(url);
		await fixture.client.deactivate(original.id);
		expect(numberAt(0).smsUrl).not.toBe(url);
	});
});
