import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itemsOf, type StoredExecution } from './support/n8n-client';
import { LAZY_ENGINE, startN8n, type N8nHost } from './support/n8n-host';
import { PROMPT, triggerIn, twoWayAgent, agentReplyIn } from './support/two-way-agent';
import { inARow, openWorld, type World } from './support/world';

const CONTACT = '+14155550199';

/** Texts as a contact and waits for the answer on their phone. */
async function exchange(world: World, body: string, from = CONTACT, to = world.number.phoneNumber) {
	const before = repliesTo(world, from).length;
	await world.twilio.textFromContact({ from, to, body });
	const reply = await world.twilio.waitForMessage(
		(message) =>
			message.direction.startsWith('outbound') &&
			message.to === from &&
			repliesTo(world, from).indexOf(message) >= before,
		20_000,
	);
	return reply.body;
}

function repliesTo(world: World, contact: string) {
	return world.twilio
		.messages()
		.filter(({ direction, to }) => direction.startsWith('outbound') && to === contact);
}

const replyItems = (execution: StoredExecution | undefined, output: number) =>
	execution ? itemsOf(execution, 'Agent Reply', output) : [];

describe('a two-way conversation in a real n8n, two nodes and no expression', () => {
	let world: World;
	let workflowId: string;

	beforeAll(async () => {
		world = await openWorld({ withService: true });
		({ id: workflowId } = await world.startWorkflow(twoWayAgent(world)));
	});
	afterAll(() => world.close());

	it('remembers over five turns what was said in the first', async () => {
		expect(await exchange(world, 'Hi, my name is Maria')).toBe(
			'Nice to meet you, Maria. How can I help?',
		);
		await exchange(world, 'Can I book an appointment?');
		await exchange(world, 'Wednesday');
		await exchange(world, '12 Main Street');
		expect(await exchange(world, 'What is my name?')).toBe('Your name is Maria.');

		const { messages } = world.model.requests.at(-1) ?? { messages: [] };
		expect(messages.map(({ role }) => role)).toEqual([
			'system',
			...Array.from({ length: 4 }, () => ['user', 'assistant']).flat(),
			'user',
		]);
		expect(messages[0]?.text).toContain(PROMPT);
	});

	it('leaves one run per turn, which tells what was sent and what it took', async () => {
		const executions = await world.client.endedExecutions(workflowId, 5);
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
		expect(await exchange(world, 'What is my name?', '+14155550198')).toBe(
			"I don't know your name yet.",
		);
	});

	it('sends one reply to a text that Twilio delivers ten times', async () => {
		const from = '+14155550197';
		await exchange(world, 'How much is a visit?', from);
		const [text] = world.twilio.messages().filter((message) => message.from === from);
		await world.twilio.redeliver(text?.sid ?? '', 10, { parallel: true });
		await exchange(world, 'Are you open?', from);
		expect(repliesTo(world, from)).toHaveLength(2);
	});
});

describe('two agents on two numbers', () => {
	let world: World;

	beforeAll(async () => {
		world = await openWorld({ withService: true, numbers: 2 });
		const [dental, plumbing] = world.numbers.map(({ phoneNumber }) => phoneNumber);
		const agents = [
			{ name: 'Dental', smsPrompt: 'You are Ava from Bright Dental.', numbers: dental },
			{ name: 'Plumbing', smsPrompt: 'You are Bo from Quick Plumbing.', numbers: plumbing },
		];
		await world.startWorkflow({
			name: 'Two agents',
			nodes: [triggerIn(world, { agents: { agent: agents } }), agentReplyIn(world)],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply'),
		});
	});
	afterAll(() => world.close());

	it('keep their prompts and their threads with the same contact apart', async () => {
		const [dental = '', plumbing = ''] = world.numbers.map(({ phoneNumber }) => phoneNumber);
		await exchange(world, 'My name is Maria', CONTACT, dental);
		expect(await exchange(world, 'What is my name?', CONTACT, plumbing)).toContain(
			"don't know",
		);
		expect(world.model.requests.at(-1)?.messages[0]?.text).toContain('Quick Plumbing');
		expect(await exchange(world, 'What is my name?', CONTACT, dental)).toContain('Maria');
		expect(world.model.requests.at(-1)?.messages[0]?.text).toContain('Bright Dental');
		expect(repliesTo(world, CONTACT).map(({ from }) => from)).toEqual([
			dental,
			plumbing,
			dental,
		]);
	});
});

describe('an n8n that is restarted, with the setting that the README advises', () => {
	let n8n: N8nHost;
	let world: World;

	beforeAll(async () => {
		n8n = await startN8n({ env: LAZY_ENGINE });
		world = await openWorld({ n8n, withService: true });
		await world.startWorkflow(twoWayAgent(world));
	});
	afterAll(async () => {
		await world?.close();
		await n8n?.stop();
	});

	it('goes on with the thread', async () => {
		await exchange(world, 'My name is Maria');
		await n8n.restart();
		expect(await exchange(world, 'What is my name?')).toBe('Your name is Maria.');
	});
});
