import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { httpExchange } from '../../harness/http-exchange';
import { keeping, keptInServer, twoWayAgent, type Kept } from '../../harness/two-way-agent';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { removeKeys } from '../support/redis-keys';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { openerWorkflow } from './support/opener-workflow';
import { webhookNode } from './support/webhook-node';

const REDIS = { host: '127.0.0.1', port: 6379, prefix: `first-text-${process.pid}` };
const LINE = "I'm an AI assistant of Smith Plumbing. Reply STOP to opt out.";
const PROMPT = 'You greet {{first_name|our guest}}, who has the plan {{plan}}.';

let fixture: E2eFixture;
let kept: Kept;
let agentsId: string;
let contacts = 0;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true, numbers: 2 });
	kept = await keptInServer(fixture, 'redis', REDIS);
	const [desk, sales] = fixture.numbers.map(({ phoneNumber }) => phoneNumber);
	const both = { smsPrompt: PROMPT, brand: 'Smith', firstText: LINE };
	const agent = [
		{ ...both, name: 'Front Desk', numbers: desk ?? '' },
		{ ...both, name: 'Sales', numbers: sales ?? '' },
	];
	const agents = twoWayAgent(fixture, { kept, trigger: { agents: { agent } } });
	({ id: agentsId } = await fixture.startWorkflow(agents));
});
afterAll(async () => {
	await fixture?.close();
	await removeKeys(await sharedRedis(REDIS.prefix));
});

const newContact = () => contactFixture(fixture, `+1415557${String(++contacts).padStart(4, '0')}`);

/** Has a node of ours run, as another program would. */
async function run(nodes: ReturnType<typeof nodeIn>[]): Promise<void> {
	const path = `run-${randomUUID()}`;
	await fixture.startWorkflow({
		name: 'Run',
		nodes: [webhookNode('Webhook', path, { responseMode: 'lastNode' }), ...nodes],
		connections: inARow('Webhook', ...nodes.map(({ name }) => name)),
	});
	const { status, body } = await httpExchange(`${fixture.n8n.url}/webhook/${path}`);
	if (status !== 200) throw new Error(body);
}

describe('First Text Says, in a real n8n', () => {
	it('is in the first text to a contact and in no other, also of the other agent of the brand', async () => {
		const maria = newContact();
		expect(await maria.ask('Hi, my name is Maria')).toMatch(/Maria.*\n.*Smith Plumbing.*STOP/);
		expect(await maria.ask('What is my name?')).toBe('Your name is Maria.');
		expect(await maria.ask('Hello sales', fixture.numbers[1]?.phoneNumber)).not.toContain(LINE);
		expect(maria.received()).toHaveLength(3);
	});

	it('is in the first text that gets through, after one that Twilio refused', async () => {
		const bo = newContact();
		const sending = { method: 'POST', path: /Messages\.json/, times: 1 } as const;
		fixture.twilio.faults.next({ kind: 'error', code: 30034, ...sending });
		await fixture.client.executionAfter(
			agentsId,
			async () => await bo.text('Hi, my name is Bo'),
		);
		expect(bo.received()).toEqual([]);
		expect(await bo.ask('What is my name?')).toBe(`Your name is Bo.\n${LINE}`);
		expect(await bo.ask('What is my name?')).toBe('Your name is Bo.');
	});

	it('is in the first text of a workflow, and not in the reply after it', async () => {
		const lead = newContact();
		const path = `lead-${randomUUID()}`;
		await fixture.startWorkflow(
			openerWorkflow(fixture, { path, to: lead.number, body: 'You asked for us?', kept }),
		);
		await httpExchange(`${fixture.n8n.url}/webhook/${path}`);
		expect((await lead.waitForText(1)).body).toBe(`You asked for us?\n${LINE}`);
		expect(await lead.ask('Yes, I did')).not.toContain(LINE);
	});
});

describe('variables in an SMS Prompt, in a real n8n', () => {
	it('come to n8n as text, and the model sees what is known of the contact', async () => {
		const eve = newContact();
		const shown = () => JSON.stringify(fixture.model.requests.at(-1));
		await eve.ask('Hello');
		expect(shown()).toContain('You greet our guest, who has the plan.');

		const facts = { fact: [{ name: 'plan', value: 'Gold' }] };
		const parameters = {
			...{ resource: 'contact', operation: 'set' },
			contact: { __rl: true, mode: 'id', value: eve.number },
			...{
				brand: 'Smith',
				facts: { fact: [...facts.fact, { name: 'First name', value: 'Eve' }] },
			},
		};
		await run([
			keeping(nodeIn(fixture, { type: 'smsAgent', name: 'SMS Agent', parameters }), kept),
		]);
		await eve.ask('Hello again');
		expect(shown()).toContain('You greet Eve, who has the plan Gold.');
		expect(shown()).not.toContain('{{');
	});

	it('are refused where the prompt is an expression, which n8n works out itself', async () => {
		const agent = [{ name: 'Front Desk', smsPrompt: `=${PROMPT}` }];
		const workflow = twoWayAgent(fixture, { kept, trigger: { agents: { agent } } });
		await expect(fixture.startWorkflow(workflow)).rejects.toThrow(/first_name.*Fixed/s);
	});
});
