import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { itemsOf } from '../../harness/n8n-client';
import { n8nVersion } from '../../harness/n8n-under-test';
import { poll } from '../../harness/poll';
import { twoWayAgent } from '../../harness/two-way-agent';
import { inARow } from '../../harness/workflow-nodes';
import { contactFixture } from '../e2e/support/contact-fixture';
import { openE2eFixture, type E2eFixture } from '../e2e/support/e2e-fixture';
import { MISSED_CALL_TRIGGER, missedCallIn, openerIn, PHONE } from '../e2e/support/missed-call';
import { openerWorkflow } from '../e2e/support/opener-workflow';
import {
	executionsAfterAWhile,
	onNumbers,
	TRIGGER,
	testUrlOf,
	webhookUrlOf,
} from '../e2e/support/trigger-workflow';

const DEMO = 'https://demo.twilio.com/welcome/sms/reply';

let fixture: E2eFixture;
let contacts = 0;

beforeAll(async () => {
	fixture = await openE2eFixture();
});
afterAll(async () => {
	await fixture?.close();
});
/** One that failed must not keep the number from the next. */
afterEach(async () => {
	for (const { id, active } of await fixture.client.workflows()) {
		if (active) await fixture.client.deactivate(id);
	}
});

const newContact = () => contactFixture(fixture, `+1415555${String(++contacts + 2000)}`);
const agentOnNumber = (trigger = {}) =>
	twoWayAgent(fixture, { trigger: { ...onNumbers(fixture), ...trigger } });

describe(`n8n ${n8nVersion()}`, () => {
	it('refuses to publish where another app has the number, and says whose it is', async () => {
		fixture.number.smsUrl = 'https://crm.example.com/sms';
		const { id } = await fixture.addWorkflow(agentOnNumber());
		await expect(fixture.client.activate(id)).rejects.toThrow(
			/\+14155550100 sends its texts to crm\.example\.com\/sms/,
		);
		expect(fixture.number.smsUrl).toBe('https://crm.example.com/sms');
		fixture.number.smsUrl = DEMO;
	});

	it('publishes, answers, knows a text that comes again, and gives the number back', async () => {
		const workflow = await fixture.startWorkflow(agentOnNumber());
		expect(fixture.number.smsUrl).toBe(await webhookUrlOf(fixture, workflow));

		const contact = newContact();
		expect(await contact.ask('Hi, my name is Maria')).toBe(
			'Nice to meet you, Maria. How can I help?',
		);
		const [text] = fixture.twilio.messages({ direction: 'inbound' });
		await fixture.twilio.redeliver(text?.sid ?? '', 10, { parallel: true });
		expect(await contact.ask('What is my name?')).toBe('Your name is Maria.');
		expect(await executionsAfterAWhile(fixture, workflow)).toHaveLength(2);
		expect(contact.received()).toHaveLength(2);
		const [newest] = await fixture.client.endedExecutions(workflow.id, 2);
		expect(newest?.customData).toMatchObject({ Contact: contact.number, Outcome: 'Replied' });

		await fixture.client.deactivate(workflow.id);
		expect(fixture.number.smsUrl).toBe(DEMO);
	});

	it('refuses what Twilio has not signed', async () => {
		const workflow = await fixture.startWorkflow(agentOnNumber());
		const url = await webhookUrlOf(fixture, workflow);
		const params = { AccountSid: fixture.account.accountSid, Body: 'let me in' };
		const { status } = await fixture.twilio.deliver({ url, params, token: 'forged' });
		expect(status).toBe(403);
		expect(await executionsAfterAWhile(fixture, workflow)).toEqual([]);
	});

	it('answers five texts at once, each in one reply only', async () => {
		const { id } = await fixture.startWorkflow(agentOnNumber());
		const contact = newContact();
		const bodies = ['One', 'Two', 'Three', 'Four', 'Five'];
		await Promise.all(bodies.map((body) => contact.text(body)));
		const texts = () => fixture.model.requests.at(-1)?.messages ?? [];
		await poll('a reply that knows all five texts', () =>
			bodies.every((body) => texts().some(({ text }) => text.includes(body)))
				? true
				: undefined,
		);
		await contact.waitForText(1);
		const executions = await executionsAfterAWhile(fixture, { id });
		expect(executions.map(({ status }) => status)).toEqual(
			executions.map(() => 'success' as const),
		);
		const replied = executions.flatMap((execution) => itemsOf(execution, 'Agent Reply', 0));
		expect(contact.received()).toHaveLength(replied.length);
	});

	it('makes one run of a burst, with Wait for More Texts', async () => {
		const { id } = await fixture.startWorkflow(agentOnNumber({ options: { quietSeconds: 2 } }));
		const contact = newContact();
		const bodies = ['Hi', 'My name is Ana', 'What is my name?'];
		await Promise.all(bodies.map((body) => contact.text(body)));
		await contact.waitForText(1);
		expect(await executionsAfterAWhile(fixture, { id })).toHaveLength(1);
		expect(contact.received()).toHaveLength(1);
		expect(fixture.model.requests.at(-1)?.messages.at(-1)?.text).toContain('My name is Ana');
	});

	it('starts nothing for STOP, and texts nobody who has texted it', async () => {
		const { id } = await fixture.startWorkflow(agentOnNumber());
		const contact = newContact();
		await contact.ask('Hi');
		const sent = () =>
			fixture.twilio.messages({
				direction: 'outbound',
				to: contact.number,
				automatic: false,
			});
		await contact.text('STOP');
		await contact.text('Are you still there?');
		await fixture.client.endedExecutions(id, 2);
		const texts = fixture.twilio.messages({ direction: 'inbound' });
		expect(texts.at(-2)?.body).toBe('STOP');
		expect(sent()).toHaveLength(1);
		expect(await executionsAfterAWhile(fixture, { id })).toHaveLength(2);
	});

	it('refuses to open a conversation with who has texted STOP', async () => {
		const kept = { parameters: { threadStore: 'embedded' } };
		await fixture.startWorkflow(agentOnNumber(kept.parameters));
		const contact = newContact();
		await contact.text('STOP');
		const path = `opener-${process.pid}-${Date.now()}`;
		const opener = openerWorkflow(fixture, {
			path,
			to: contact.number,
			body: 'Hello, is Tuesday good?',
			kept,
		});
		const [hook, send] = opener.nodes;
		const from = fixture.number.phoneNumber;
		const { id: openerId } = await fixture.startWorkflow({
			...opener,
			nodes: [hook, { ...send, parameters: { ...send?.parameters, from } }] as INode[],
		});
		await fetch(`${fixture.n8n.url}/webhook/${path}`);
		const [execution] = await fixture.client.endedExecutions(openerId, 1);
		expect(execution?.data.resultData.error?.message).toContain('has opted out of texts');
	});

	it('takes one text while the editor listens, and gives the number back', async () => {
		const workflow = await fixture.startWorkflow(agentOnNumber());
		const url = await webhookUrlOf(fixture, workflow);
		await fixture.client.listenForTest(workflow.id, TRIGGER);
		expect(fixture.number.smsUrl).toBe(testUrlOf(url));
		await newContact().text('testing');
		await poll('the number to be given back', () =>
			fixture.number.smsUrl === url ? true : undefined,
		);
		const [execution] = await fixture.client.endedExecutions(workflow.id, 1);
		expect(execution).toMatchObject({ mode: 'manual', status: 'success' });
	});

	it('texts whoever called in vain, and answers what they text back', async () => {
		const before = fixture.number.voiceUrl;
		const texts = agentOnNumber();
		const workflow = await fixture.startWorkflow({
			name: 'Calls and texts',
			nodes: [missedCallIn(fixture), openerIn(fixture), ...texts.nodes],
			connections: { ...inARow(MISSED_CALL_TRIGGER, 'Send SMS'), ...texts.connections },
		});
		const caller = newContact();
		const call = { from: caller.number, to: fixture.number.phoneNumber };
		expect(await fixture.twilio.callFromContact(call)).toMatchObject({
			rang: [PHONE],
			connectedTo: null,
		});
		await caller.waitForText(1);
		await caller.ask('Hi, my name is Maria');
		expect(await caller.ask('What is my name?')).toBe('Your name is Maria.');

		await fixture.client.deactivate(workflow.id);
		expect(fixture.number.voiceUrl).toBe(before);
	});
});
