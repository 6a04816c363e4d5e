import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itemsOf, type StoredExecution } from '../../harness/n8n-client';
import { LAZY_ENGINE, startN8n, type N8nHost } from '../../harness/n8n-host';
import { PROMPT, triggerIn, twoWayAgent, agentReplyIn } from '../../harness/two-way-agent';
import { inARow } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const CONTACT = '+14155550199';

/** Texts as a contact and waits for the answer on their phone. */
async function exchange(
	fixture: E2eFixture,
	body: string,
	from = CONTACT,
	to = fixture.number.phoneNumber,
) {
	const before = repliesTo(fixture, from).length;
	await fixture.twilio.textFromContact({ from, to, body });
	const reply = await fixture.twilio.waitForMessage(
		(message) =>
			message.direction.startsWith('outbound') &&
			message.to === from &&
			repliesTo(fixture, from).indexOf(message) >= before,
		90_000,
	);
	return reply.body;
}

function repliesTo(fixture: E2eFixture, contact: string) {
	return fixture.twilio
		.messages()
		.filter(({ direction, to }) => direction.startsWith('outbound') && to === contact);
}

const replyItems = (execution: StoredExecution | undefined, output: number) =>
	execution ? itemsOf(execution, 'Agent Reply', output) : [];

describe('a two-way conversation in a real n8n, two nodes and no expression', () => {
	let fixture: E2eFixture;
	let workflowId: string;

	beforeAll(async () => {
		fixture = await openE2eFixture({ withService: true });
		({ id: workflowId } = await fixture.startWorkflow(twoWayAgent(fixture)));
	});
	afterAll(() => fixture.close());

	it('remembers over five turns what was said in the first', async () => {
		expect(await exchange(fixture, 'Hi, my name is Maria')).toBe(
			'Nice to meet you, Maria. How can I help?',
		);
		await exchange(fixture, 'Can I book an appointment?');
		await exchange(fixture, 'Wednesday');
		await exchange(fixture, '12 Main Street');
		expect(await exchange(fixture, 'What is my name?')).toBe('Your name is Maria.');

		const { messages } = fixture.model.requests.at(-1) ?? { messages: [] };
		expect(messages.map(({ role }) => role)).toEqual([
			'system',
			...Array.from({ length: 4 }, () => ['user', 'assistant']).flat(),
			'user',
		]);
		expect(messages[0]?.text).toContain(PROMPT);
	});

	it('leaves one run per turn, which tells what was sent and what it took', async () => {
		const executions = await fixture.client.endedExecutions(workflowId, 5);
		expect(executions.map(({ status }) => status)).toEqual(Array(5).fill('success'));
		const [replied] = replyItems(executions[0], 0);
		expect(replied?.json).toMatchObject({
			contact: CONTACT,
			text: 'Your name is Maria.',
			numSegments: 1,
			usage: { totalTokens: expect.any(Number) },
			history: { includedMessages: 8, omittedMessages: 0 },
			reply: { messageSid: expect.stringMatching(/^SM/) },
		});
	});

	it('keeps contacts apart', async () => {
		expect(await exchange(fixture, 'What is my name?', '+14155550198')).toBe(
			"I don't know your name yet.",
		);
	});

	it('sends one reply to a text that Twilio delivers ten times', async () => {
		const from = '+14155550197';
		await exchange(fixture, 'How much is a visit?', from);
		const [text] = fixture.twilio.messages().filter((message) => message.from === from);
		await fixture.twilio.redeliver(text?.sid ?? '', 10, { parallel: true });
		await exchange(fixture, 'Are you open?', from);
		expect(repliesTo(fixture, from)).toHaveLength(2);
	});
});

describe('two agents on two numbers', () => {
	let fixture: E2eFixture;

	beforeAll(async () => {
		fixture = await openE2eFixture({ withService: true, numbers: 2 });
		const [dental, plumbing] = fixture.numbers.map(({ phoneNumber }) => phoneNumber);
		const agents = [
			{ name: 'Dental', smsPrompt: 'You are Ava from Bright Dental.', numbers: dental },
			{ name: 'Plumbing', smsPrompt: 'You are Bo from Quick Plumbing.', numbers: plumbing },
		];
		await fixture.startWorkflow({
			name: 'Two agents',
			nodes: [triggerIn(fixture, { agents: { agent: agents } }), agentReplyIn(fixture)],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply'),
		});
	});
	afterAll(() => fixture.close());

	it('keep their prompts and their threads with the same contact apart', async () => {
		const [dental = '', plumbing = ''] = fixture.numbers.map(({ phoneNumber }) => phoneNumber);
		await exchange(fixture, 'My name is Maria', CONTACT, dental);
		expect(await exchange(fixture, 'What is my name?', CONTACT, plumbing)).toContain(
			"don't know",
		);
		expect(fixture.model.requests.at(-1)?.messages[0]?.text).toContain('Quick Plumbing');
		expect(await exchange(fixture, 'What is my name?', CONTACT, dental)).toContain('Maria');
		expect(fixture.model.requests.at(-1)?.messages[0]?.text).toContain('Bright Dental');
		expect(repliesTo(fixture, CONTACT).map(({ from }) => from)).toEqual([
			dental,
			plumbing,
			dental,
		]);
	});
});

describe('an n8n that is restarted, with the setting that the README advises', () => {
	let n8n: N8nHost;
	let fixture: E2eFixture;

	beforeAll(async () => {
		n8n = await startN8n({ env: LAZY_ENGINE });
		fixture = await openE2eFixture({ n8n, withService: true });
		await fixture.startWorkflow(twoWayAgent(fixture));
	});
	afterAll(async () => {
		await fixture?.close();
		await n8n?.stop();
	});

	it('goes on with the thread', async () => {
		await exchange(fixture, 'My name is Maria');
		await n8n.restart();
		expect(await exchange(fixture, 'What is my name?')).toBe('Your name is Maria.');
	});
});
