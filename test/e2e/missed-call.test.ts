import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { itemsOf, type WorkflowDefinition } from '../../harness/n8n-client';
import {
	MISSED_CALL_TRIGGER as TRIGGER,
	missedCallIn,
	openerIn,
	PHONE,
} from './support/missed-call';
import { poll } from '../../harness/poll';
import { noOp } from './support/trigger-workflow';
import { agentReplyIn, PROMPT, triggerIn } from '../../harness/two-way-agent';
import { inARow } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const CALLER = '+14155550199';
const OPENER = 'Hi, this is Ava from Bright Dental. Sorry we missed your call! How can we help?';

/** Longer than the trigger waits for what Twilio still tells of a call that has ended. */
const ALL_TOLD_MS = 6_000;

/** The trigger alone: what starts a run, and what does not. */
function missedCallsOf(fixture: E2eFixture, parameters: INodeParameters = {}): WorkflowDefinition {
	return {
		name: 'Missed calls',
		nodes: [missedCallIn(fixture, parameters), noOp('After')],
		connections: inARow(TRIGGER, 'After'),
	};
}

const textsTo = (fixture: E2eFixture, contact: string) =>
	fixture.twilio
		.messages()
		.filter(({ direction, to }) => direction.startsWith('outbound') && to === contact);

const textTo = async (fixture: E2eFixture, contact: string, count: number) => {
	const arrived = () => textsTo(fixture, contact)[count - 1];
	return await poll(`text ${count} to ${contact}`, arrived, { timeoutMs: 90_000 });
};

describe.each([
	['one workflow', false],
	['two workflows that share a file', true],
])('a missed call in %s', (_where, shared) => {
	let fixture: E2eFixture;
	let folder: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'missed-call-'));
		const threadStoreFile = join(folder, 'threads.sqlite');
		const store = shared ? { threadStore: 'embedded', threadStoreFile } : {};
		fixture = await openE2eFixture();
		fixture.model.respond = ({ messages }) =>
			messages[0]?.text.includes('The contact called a moment ago') ? OPENER : undefined;
		const calls = [missedCallIn(fixture, store), openerIn(fixture)];
		const texts = [
			triggerIn(fixture, {
				...store,
				receiveOn: 'phoneNumbers',
				phoneNumbers: [fixture.number.sid],
			}),
			agentReplyIn(fixture),
		];
		const afterCall = inARow(TRIGGER, 'Send SMS');
		const afterText = inARow('Incoming SMS Trigger', 'Agent Reply');
		if (shared) {
			await fixture.startWorkflow({ name: 'Calls', nodes: calls, connections: afterCall });
			await fixture.startWorkflow({ name: 'Texts', nodes: texts, connections: afterText });
		} else {
			await fixture.startWorkflow({
				name: 'Calls and texts',
				nodes: [...calls, ...texts],
				connections: { ...afterCall, ...afterText },
			});
		}
	});
	afterAll(async () => {
		await fixture.close();
		await rm(folder, { recursive: true, force: true });
	});

	it('is answered by a text of AI, and what the caller texts back joins the conversation', async () => {
		const { rang, connectedTo } = await fixture.twilio.callFromContact({
			from: CALLER,
			to: fixture.number.phoneNumber,
		});
		expect({ rang, connectedTo }).toEqual({ rang: [PHONE], connectedTo: null });
		const opener = await textTo(fixture, CALLER, 1);
		expect(opener).toMatchObject({ body: OPENER, from: fixture.number.phoneNumber });
		expect(fixture.model.requests[0]?.messages[0]?.text).toContain(PROMPT);

		await fixture.twilio.textFromContact({
			from: CALLER,
			to: fixture.number.phoneNumber,
			body: 'Hi, my name is Maria',
		});
		const reply = await textTo(fixture, CALLER, 2);
		expect(reply.body).toBe('Nice to meet you, Maria. How can I help?');
		const { messages } = fixture.model.requests.at(-1) ?? { messages: [] };
		expect(messages.map(({ role, text }) => [role, text])).toEqual([
			['system', expect.stringContaining(PROMPT)],
			['user', expect.stringContaining('the business wrote first')],
			['assistant', expect.stringContaining(OPENER)],
			['user', expect.stringContaining('Hi, my name is Maria')],
		]);
	});

	it('by the same caller within ten minutes sends nothing more', async () => {
		const before = textsTo(fixture, CALLER).length;
		await fixture.twilio.callFromContact({ from: CALLER, to: fixture.number.phoneNumber });
		await fixture.twilio.callFromContact({
			from: '+14155550198',
			to: fixture.number.phoneNumber,
		});
		await textTo(fixture, '+14155550198', 1);
		expect(textsTo(fixture, CALLER)).toHaveLength(before);
	});
});

describe('the Missed Call Trigger in a real n8n', () => {
	let fixture: E2eFixture;

	beforeEach(async () => {
		fixture = await openE2eFixture();
	});
	afterEach(() => fixture.close());

	const call = async (
		contact: Partial<Parameters<E2eFixture['twilio']['callFromContact']>[0]> = {},
	) =>
		await fixture.twilio.callFromContact({
			from: CALLER,
			to: fixture.number.phoneNumber,
			...contact,
		});

	it('starts nothing for calls that are taken, whoever hangs up', async () => {
		const { id } = await fixture.startWorkflow(missedCallsOf(fixture));
		expect((await call({ owner: 'answers' })).connectedTo).toBe(PHONE);
		expect((await call({ owner: 'answers', hangsUp: 'in the talk' })).connectedTo).toBe(PHONE);
		await new Promise((resolve) => setTimeout(resolve, ALL_TOLD_MS));
		expect(await fixture.client.executions(id)).toEqual([]);
	});

	it('starts one run for a call that only a voicemail picked up', async () => {
		const { id } = await fixture.startWorkflow(missedCallsOf(fixture));
		// As hard as it gets: Twilio calls it completed, and does not say that nobody was connected.
		const { connectedTo } = await call({ owner: 'voicemail', saysBridged: false });
		expect(connectedTo).toBeNull();
		const [execution] = await fixture.client.endedExecutions(id, 1);
		expect(execution && itemsOf(execution, 'After')[0]?.json).toMatchObject({
			event: 'missedCall',
			contact: CALLER,
			dialCallStatus: 'no-answer',
		});
		await new Promise((resolve) => setTimeout(resolve, ALL_TOLD_MS));
		expect(await fixture.client.executions(id)).toHaveLength(1);
	});

	it('starts one run for a caller who hangs up while it rings', async () => {
		const { id } = await fixture.startWorkflow(missedCallsOf(fixture));
		await call({ hangsUp: 'while it rings', asksActionAfterHangUp: false });
		const [execution] = await fixture.client.endedExecutions(id, 1);
		expect(execution && itemsOf(execution, 'After')[0]?.json).toMatchObject({
			dialCallStatus: 'canceled',
		});
	});

	it('starts nothing for calls from abroad, whose numbers may be invented', async () => {
		const { id } = await fixture.startWorkflow(missedCallsOf(fixture));
		for (let n = 0; n < 10; n++) await call({ from: `+53523${45_000 + n}` });
		await call();
		const executions = await fixture.client.endedExecutions(id, 1);
		await new Promise((resolve) => setTimeout(resolve, ALL_TOLD_MS));
		expect(await fixture.client.executions(id)).toHaveLength(1);
		expect(executions[0] && itemsOf(executions[0], TRIGGER)[0]?.json).toMatchObject({
			contact: CALLER,
		});
	});

	it('starts as many runs an hour as it may, however many numbers call', async () => {
		const parameters = { options: { callersPerHour: 3 } };
		const { id } = await fixture.startWorkflow(missedCallsOf(fixture, parameters));
		for (let n = 0; n < 8; n++) await call({ from: `+1415557${1_000 + n}` });
		await fixture.client.endedExecutions(id, 3);
		await new Promise((resolve) => setTimeout(resolve, ALL_TOLD_MS));
		expect(await fixture.client.executions(id)).toHaveLength(3);
	});

	it('takes a voicemail', async () => {
		const { id } = await fixture.startWorkflow(
			missedCallsOf(fixture, { options: { voicemail: true } }),
		);
		const { recordingUrl } = await call({ speaks: 8 });
		const [execution] = await fixture.client.endedExecutions(id, 1);
		expect(execution && itemsOf(execution, 'After')[0]?.json).toMatchObject({
			voicemail: { url: recordingUrl, seconds: 8 },
		});
	});

	it('connects the number when published, and gives it back', async () => {
		const before = fixture.number.voiceUrl;
		const { id } = await fixture.startWorkflow(missedCallsOf(fixture));
		expect(fixture.number.voiceUrl).toMatch(/\/webhook\/.*\/twilio#rc=/);
		expect(fixture.number.statusCallback).toBe(fixture.number.voiceUrl);
		await fixture.client.deactivate(id);
		expect(fixture.number).toMatchObject({ voiceUrl: before, statusCallback: '' });
	});

	it('follows a whole call while the editor listens for a test', async () => {
		const { id } = await fixture.addWorkflow(missedCallsOf(fixture));
		const before = fixture.number.voiceUrl;
		await fixture.client.listenForTest(id, TRIGGER);
		expect(fixture.number.voiceUrl).toContain('/webhook-test/');
		const { heard } = await call();
		expect(heard).toHaveLength(1);
		const [execution] = await fixture.client.endedExecutions(id, 1);
		expect(execution && itemsOf(execution, TRIGGER)[0]?.json).toMatchObject({
			contact: CALLER,
		});
		await poll('the number given back', () => fixture.number.voiceUrl === before || undefined);
	});

	it('takes the signed report of a Retell agent whose lead did not answer', async () => {
		const secret = 'key_of_the_retell_account';
		const credential = {
			name: 'with a call report secret',
			type: 'twilioMessagingApi',
			data: {
				accountSid: fixture.account.accountSid,
				authToken: fixture.account.authToken,
				apiBaseUrl: fixture.twilio.baseUrl,
				callReportSecret: secret,
			},
		};
		const credentialId = await fixture.client.createCredential(credential);
		const workflow = missedCallsOf(fixture, { receiveOn: 'elsewhere', callSystem: 'retell' });
		for (const node of workflow.nodes) {
			if (node.name !== TRIGGER) continue;
			node.credentials = {
				twilioMessagingApi: { id: credentialId, name: credential.name },
			};
		}
		const { id } = await fixture.startWorkflow(workflow);
		const url = `${fixture.n8n.url}/webhook/${workflow.nodes[0]?.webhookId}/twilio`;
		const body = JSON.stringify({
			event: 'call_ended',
			call: {
				call_id: 'call_1',
				direction: 'outbound',
				from_number: fixture.number.phoneNumber,
				to_number: CALLER,
				disconnection_reason: 'dial_no_answer',
			},
		});
		const now = Date.now();
		const digest = createHmac('sha256', secret).update(`${body}${now}`).digest('hex');
		const post = async (signature: string) =>
			await fetch(url, {
				method: 'POST',
				headers: { 'content-type': 'application/json', 'x-retell-signature': signature },
				body,
			});
		expect((await post(`v=${now},d=${'0'.repeat(64)}`)).status).toBe(403);
		expect((await post(`v=${now},d=${digest}`)).status).toBe(200);
		const [execution, ...others] = await fixture.client.endedExecutions(id, 1);
		expect(others).toEqual([]);
		expect(execution && itemsOf(execution, TRIGGER)[0]?.json).toMatchObject({
			contact: CALLER,
			callSid: 'call_1',
		});
		await fixture.client.deactivate(id);
		await fixture.client.deleteCredential(credentialId);
	});
});
