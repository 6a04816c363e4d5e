import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Responder } from '../../emulator/model/completion';
import { itemsOf } from '../../harness/n8n-client';
import { twoWayAgent } from '../../harness/two-way-agent';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

/** Each agent says who it is; the desk leaves invoices to Billing. */
const answers: Responder = ({ messages }) => {
	const instructions = messages.find(({ role }) => role === 'system')?.text ?? '';
	const name = /^Name: (.*)$/m.exec(instructions)?.[1] ?? '';
	const asked = messages.at(-1)?.text ?? '';
	if (/invoice/.test(asked) && /"to"/.test(instructions) && name !== 'Billing') {
		return { kind: 'transfer', to: 'Billing', reply: null, reason: 'An invoice' };
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
		{ name: 'North', smsPrompt: 'Pass invoices on.', share: 1, mayPassTo: 'Billing' },
		{ name: 'South', smsPrompt: 'Pass invoices on.', share: 1, mayPassTo: 'Billing' },
		{ name: 'Billing', smsPrompt: 'You know invoices.' },
	];
	const workflow = twoWayAgent(fixture, { trigger: { agents: { agent } } });
	({ id: workflowId } = await fixture.startWorkflow(workflow));
});
afterAll(() => fixture?.close());

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

		const executions = await fixture.client.endedExecutions(workflowId, 27);
		const [last, passing] = executions
			.flatMap((execution) => itemsOf(execution, 'Agent Reply'))
			.map(({ json }) => json)
			.filter((json) => json['contact'] === contact.number);
		const billing = { id: 'billing', name: 'Billing' };
		expect(passing).toMatchObject({ passedTo: billing, passedBecause: 'An invoice' });
		expect(last).toMatchObject({ agent: { name: own }, passedTo: billing });
		expect(last).not.toHaveProperty('passedBecause');
	});
});
