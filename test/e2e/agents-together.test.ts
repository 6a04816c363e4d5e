import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Responder } from '../../emulator/model/completion';
import { httpExchange } from '../../harness/http-exchange';
import { itemsOf } from '../../harness/n8n-client';
import { twoWayAgent } from '../../harness/two-way-agent';
import { contactFixture } from './support/contact-fixture';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { webhookNode } from './support/webhook-node';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const TASK = {
	name: 'Visit',
	instructions: 'Find a day for the visit.',
	opening: 'When may we come by?',
};

/** Each agent says who it is; the desk leaves invoices to Billing. */
const answers: Responder = ({ messages }) => {
	const instructions = messages.find(({ role }) => role === 'system')?.text ?? '';
	const name = /^Name: (.*)$/m.exec(instructions)?.[1] ?? '';
	const asked = messages.at(-1)?.text ?? '';
	if (/invoice/.test(asked) && /"to"/.test(instructions) && name !== 'Billing') {
		return { kind: 'transfer', to: 'Billing', reply: null, reason: 'An invoice' };
	}
	if (instructions.includes(TASK.instructions)) {
		const isDone = /Friday/.test(asked) && /"taskDone"/.test(instructions);
		const reply = isDone ? 'See you on Friday.' : 'Which day, then?';
		return { kind: 'reply', reply, reason: null, taskDone: isDone };
	}
	const said = messages.filter(({ role }) => role === 'assistant').length;
	return `${name} here, after ${said}.`;
};

let fixture: E2eFixture;
let workflowId: string;
let contacts = 0;
beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	fixture.model.respond = answers;
	const agent = [
		{
			...{ name: 'North', smsPrompt: 'Pass invoices on.', share: 1, mayPassTo: 'Billing' },
			tasks: { task: [TASK] },
		},
		{ name: 'South', smsPrompt: 'Pass invoices on.', share: 1, mayPassTo: 'Billing' },
		{ name: 'Billing', smsPrompt: 'You know invoices.' },
	];
	const workflow = twoWayAgent(fixture, { trigger: { agents: { agent } } });
	({ id: workflowId } = await fixture.startWorkflow(workflow));
});
afterAll(() => fixture?.close());

/** The items of Agent Reply about a contact, newest first. */
async function repliesTo(number: string, executions: number) {
	const ended = await fixture.client.endedExecutions(workflowId, executions);
	return ended
		.flatMap((execution) => itemsOf(execution, 'Agent Reply'))
		.map(({ json }) => json)
		.filter(({ contact }) => contact === number);
}

const newContact = () => contactFixture(fixture, `+1415556${String(++contacts).padStart(4, '0')}`);

describe('agents without numbers, in a real n8n', () => {
	it('share new contacts, and each contact stays with one; nobody is given to an agent that only others pass to', async () => {
		const all = Array.from({ length: 12 }, newContact);
		const first: string[] = [];
		for (const contact of all) first.push(await contact.ask('Hello'));
		expect(new Set(first)).toEqual(new Set(['North here, after 0.', 'South here, after 0.']));
		for (const [nth, contact] of all.entries()) {
			const [name] = first[nth]?.split(' ') ?? [];
			expect(await contact.ask('Hello again')).toBe(`${name} here, after 1.`);
		}
	});

	it('pass a contact on: one reply by the other agent, which knows what was said and answers from then on', async () => {
		const contact = newContact();
		const [own] = (await contact.ask('Hello')).split(' ');
		expect(await contact.ask('Where is my invoice?')).toBe('Billing here, after 1.');
		expect(await contact.ask('Thanks')).toBe('Billing here, after 2.');
		expect(contact.received()).toHaveLength(3);

		const [last, passing] = await repliesTo(contact.number, 27);
		const billing = { id: 'billing', name: 'Billing' };
		expect(passing).toMatchObject({ passedTo: billing, passedBecause: 'An invoice' });
		expect(last).toMatchObject({ agent: { name: own }, passedTo: billing });
		expect(last).not.toHaveProperty('passedBecause');
	});
});

describe('a task of an agent, in a real n8n', () => {
	it('begins with a text of another workflow, and is on until a reply says that it is done', async () => {
		const contact = newContact();
		const path = `task-${randomUUID()}`;
		const parameters = {
			mode: 'raw',
			to: contact.number,
			agentId: 'North',
			options: { task: 'Visit' },
		};
		await fixture.startWorkflow({
			name: 'Begins a task',
			nodes: [
				webhookNode('Webhook', path, { responseMode: 'lastNode' }),
				nodeIn(fixture, { type: 'sendSms', name: 'Send SMS', parameters }),
			],
			connections: inARow('Webhook', 'Send SMS'),
		});
		const { status, body } = await httpExchange(`${fixture.n8n.url}/webhook/${path}`);
		expect([status, JSON.parse(body)]).toMatchObject([
			200,
			{ task: 'Visit', body: TASK.opening },
		]);
		expect((await contact.waitForText(1)).body).toBe(TASK.opening);
		// The agent that has texted them has them.
		expect(await contact.ask('Soon')).toBe('Which day, then?');
		expect(await contact.ask('Friday')).toBe('See you on Friday.');
		expect(await contact.ask('Thanks')).toMatch(/^North here/);
		const replies = await repliesTo(contact.number, 30);
		expect(replies.map(({ task, taskDone }) => [task, taskDone])).toEqual([
			[undefined, undefined],
			['Visit', true],
			['Visit', false],
		]);
	});
});
