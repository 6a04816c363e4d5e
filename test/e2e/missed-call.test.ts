import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { itemsOf, type WorkflowDefinition } from './support/n8n-client';
import {
	MISSED_CALL_TRIGGER as TRIGGER,
	missedCallIn,
	openerIn,
	PHONE,
} from './support/missed-call';
import { poll } from './support/poll';
import { noOp } from './support/trigger-workflow';
import { agentReplyIn, PROMPT, triggerIn } from './support/two-way-agent';
import { inARow, openWorld, type World } from './support/world';

const CALLER = '+14155550199';
const OPENER = 'Hi, this is Ava from Bright Dental. Sorry we missed your call! How can we help?';

/** Longer than the trigger waits for what Twilio still tells of a call that has ended. */
const ALL_TOLD_MS = 6_000;

/** The trigger alone: what starts a run, and what does not. */
function missedCallsOf(world: World, parameters: INodeParameters = {}): WorkflowDefinition {
	return {
		name: 'Missed calls',
		nodes: [missedCallIn(world, parameters), noOp('After')],
		connections: inARow(TRIGGER, 'After'),
	};
}

const textsTo = (world: World, contact: string) =>
	world.twilio
		.messages()
		.filter(({ direction, to }) => direction.startsWith('outbound') && to === contact);

const textTo = async (world: World, contact: string, count: number) => {
	const arrived = () => textsTo(world, contact)[count - 1];
	return await poll(`text ${count} to ${contact}`, arrived, { timeoutMs: 20_000 });
};

describe.each([
	['one workflow', false],
	['two workflows that share a file', true],
])('a missed call in %s', (_where, shared) => {
	let world: World;
	let folder: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'missed-call-'));
		const threadStoreFile = join(folder, 'threads.sqlite');
		const store = shared ? { threadStore: 'embedded', threadStoreFile } : {};
		world = await openWorld();
		world.model.respond = ({ messages }) =>
			messages[0]?.text.includes('The contact called a moment ago') ? OPENER : undefined;
		const calls = [missedCallIn(world, store), openerIn(world)];
		const texts = [
			triggerIn(world, {
				...store,
				receiveOn: 'phoneNumbers',
				phoneNumbers: [world.number.sid],
			}),
			agentReplyIn(world),
		];
		const afterCall = inARow(TRIGGER, 'Send SMS');
		const afterText = inARow('Incoming SMS Trigger', 'Agent Reply');
		if (shared) {
			await world.startWorkflow({ name: 'Calls', nodes: calls, connections: afterCall });
			await world.startWorkflow({ name: 'Texts', nodes: texts, connections: afterText });
		} else {
			await world.startWorkflow({
				name: 'Calls and texts',
				nodes: [...calls, ...texts],
				connections: { ...afterCall, ...afterText },
			});
		}
	});
	afterAll(async () => {
		await world.close();
		await rm(folder, { recursive: true, force: true });
	});

	it('is answered by a text of AI, and what the caller texts back joins the conversation', async () => {
		const { rang, connectedTo } = await world.twilio.callFromContact({
			from: CALLER,
			to: world.number.phoneNumber,
		});
		expect({ rang, connectedTo }).toEqual({ rang: [PHONE], connectedTo: null });
		const opener = await textTo(world, CALLER, 1);
		expect(opener).toMatchObject({ body: OPENER, from: world.number.phoneNumber });
		expect(world.model.requests[0]?.messages[0]?.text).toContain(PROMPT);

		await world.twilio.textFromContact({
			from: CALLER,
			to: world.number.phoneNumber,
			body: 'Hi, my name is Maria',
		});
		const reply = await textTo(world, CALLER, 2);
		expect(reply.body).toBe('Nice to meet you, Maria. How can I help?');
		const { messages } = world.model.requests.at(-1) ?? { messages: [] };
		expect(messages.map(({ role, text }) => [role, text])).toEqual([
			['system', expect.stringContaining(PROMPT)],
			['user', expect.stringContaining('the business wrote first')],
			['assistant', expect.stringContaining(OPENER)],
			['user', expect.stringContaining('Hi, my name is Maria')],
		]);
	});

	it('by the same caller within ten minutes sends nothing more', async () => {
		const before = textsTo(world, CALLER).length;
		await world.twilio.callFromContact({ from: CALLER, to: world.number.phoneNumber });
		await world.twilio.callFromContact({ from: '+14155550198', to: world.number.phoneNumber });
		await textTo(world, '+14155550198', 1);
		expect(textsTo(world, CALLER)).toHaveLength(before);
	});
});

describe('the Missed Call Trigger in a real n8n', () => {
	let world: World;

	beforeEach(async () => {
		world = await openWorld();
	});
	afterEach(() => world.close());

	const call = async (contact: Partial<Parameters<World['twilio']['callFromContact']>[0]> = {}) =>
		await world.twilio.callFromContact({
			from: CALLER,
			to: world.number.phoneNumber,
			...contact,
		});

	it('starts nothing for calls that are taken, whoever hangs up', async () => {
		const { id } = await world.startWorkflow(missedCallsOf(world));
		expect((await call({ owner: 'answers' })).connectedTo).toBe(PHONE);
		expect((await call({ owner: 'answers', hangsUp: 'in the talk' })).connectedTo).toBe(PHONE);
		await new Promise((resolve) => setTimeout(resolve, ALL_TOLD_MS));
		expect(await world.client.executions(id)).toEqual([]);
	});

	it('starts one run for a call that only a voicemail picked up', async () => {
		const { id } = await world.startWorkflow(missedCallsOf(world));
		// As hard as it gets: Twilio calls it completed, and does not say that nobody was connected.
		const { connectedTo } = await call({ owner: 'voicemail', saysBridged: false });
		expect(connectedTo).toBeNull();
		const [execution] = await world.client.endedExecutions(id, 1);
		expect(execution && itemsOf(execution, 'After')[0]?.json).toMatchObject({
			event: 'missedCall',
			contact: CALLER,
			dialCallStatus: 'no-answer',
		});
		await new Promise((resolve) => setTimeout(resolve, ALL_TOLD_MS));
		expect(await world.client.executions(id)).toHaveLength(1);
	});

	it('starts one run for a caller who hangs up while it rings', async () => {
		const { id } = await world.startWorkflow(missedCallsOf(world));
		await call({ hangsUp: 'while it rings', asksActionAfterHangUp: false });
		const [execution] = await world.client.endedExecutions(id, 1);
		expect(execution && itemsOf(execution, 'After')[0]?.json).toMatchObject({
			dialCallStatus: 'canceled',
		});
	});

	it('takes a voicemail', async () => {
		const { id } = await world.startWorkflow(missedCallsOf(world, { voicemail: true }));
		const { recordingUrl } = await call({ speaks: 8 });
		const [execution] = await world.client.endedExecutions(id, 1);
		expect(execution && itemsOf(execution, 'After')[0]?.json).toMatchObject({
			voicemail: { url: recordingUrl, seconds: 8 },
		});
	});

	it('connects the number when published, and gives it back', async () => {
		const before = world.number.voiceUrl;
		const { id } = await world.startWorkflow(missedCallsOf(world));
		expect(world.number.voiceUrl).toMatch(/\/webhook\/.*\/twilio$/);
		expect(world.number.statusCallback).toBe(world.number.voiceUrl);
		await world.client.deactivate(id);
		expect(world.number).toMatchObject({ voiceUrl: before, statusCallback: '' });
	});

	it('follows a whole call while the editor listens for a test', async () => {
		const { id } = await world.addWorkflow(missedCallsOf(world));
		const before = world.number.voiceUrl;
		await world.client.listenForTest(id, TRIGGER);
		expect(world.number.voiceUrl).toContain('/webhook-test/');
		const { heard } = await call();
		expect(heard).toHaveLength(1);
		const [execution] = await world.client.endedExecutions(id, 1);
		expect(execution && itemsOf(execution, TRIGGER)[0]?.json).toMatchObject({
			contact: CALLER,
		});
		await poll('the number given back', () => world.number.voiceUrl === before || undefined);
	});

	it('takes the signed report of a Retell agent whose lead did not answer', async () => {
		const secret = 'key_of_the_retell_account';
		const credential = {
			name: 'with a call report secret',
			type: 'twilioMessagingApi',
			data: {
				accountSid: world.account.accountSid,
				authToken: world.account.authToken,
				apiBaseUrl: world.twilio.baseUrl,
				callReportSecret: secret,
			},
		};
		const credentialId = await world.client.createCredential(credential);
		const workflow = missedCallsOf(world, { callSource: 'elsewhere', callSystem: 'retell' });
		for (const node of workflow.nodes) {
			if (node.name !== TRIGGER) continue;
			node.credentials = {
				twilioMessagingApi: { id: credentialId, name: credential.name },
			};
		}
		const { id } = await world.startWorkflow(workflow);
		const url = `${world.n8n.url}/webhook/${workflow.nodes[0]?.webhookId}/twilio`;
		const body = JSON.stringify({
			event: 'call_ended',
			call: {
				call_id: 'call_1',
				direction: 'outbound',
				from_number: world.number.phoneNumber,
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
		const [execution, ...others] = await world.client.endedExecutions(id, 1);
		expect(others).toEqual([]);
		expect(execution && itemsOf(execution, TRIGGER)[0]?.json).toMatchObject({
			contact: CALLER,
			callSid: 'call_1',
		});
		await world.client.deactivate(id);
		await world.client.deleteCredential(credentialId);
	});
});
