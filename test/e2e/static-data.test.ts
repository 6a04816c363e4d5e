import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { itemsOf } from '../../harness/n8n-client';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';
import { agentReplyIn, triggerIn, twoWayAgent } from '../../harness/two-way-agent';
import { inARow } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

/** n8n ends the run at a Wait of so many seconds, and later starts another for what comes after. */
const LONG_WAIT = 66;
let n8n: N8nHost;
let fixture: E2eFixture;
let contacts = 0;
let contact: string;

beforeAll(async () => {
	n8n = await startN8n();
	fixture = await openE2eFixture({ n8n, withService: true });
});
beforeEach(() => {
	fixture.model.clear();
	contact = nextContact();
});
afterAll(async () => {
	await fixture?.close();
	await n8n?.stop();
});

/** Chosen: by itself this n8n would take a file. */
const kept = { threadStore: 'staticData' };
const agent = () => twoWayAgent(fixture, { trigger: kept });

const nextContact = () => `+1415558${String(++contacts).padStart(4, '0')}`;

const send = async (body: string, from = contact) =>
	await fixture.twilio.textFromContact({ from, to: fixture.number.phoneNumber, body });

const textsTo = (to: string) => fixture.twilio.messages({ to }).map(({ body }) => body);

async function answerTo(body: string, from = contact): Promise<string> {
	const before = textsTo(from).length;
	await send(body, from);
	await fixture.twilio.waitForMessage(() => textsTo(from).length > before, 90_000);
	return textsTo(from).at(-1) ?? '';
}

/** The workflow as n8n's API gives it to whoever may read it. */
async function storedIn(id: string): Promise<string> {
	const { staticData } = (await fixture.client.workflow(id)) as { staticData?: unknown };
	return JSON.stringify(staticData ?? {});
}

/** n8n saves static data when a run has ended. */
const savedIn = async (id: string, holds: (stored: string) => boolean) =>
	await poll('the static data to be saved', async () => {
		const stored = await storedIn(id);
		return holds(stored) ? stored : undefined;
	});

/** What may stand after an agent: a pause, and somebody else who writes static data. */
function waiting(seconds: number | string): INode {
	return {
		id: 'wait',
		name: 'Wait',
		type: 'n8n-nodes-base.wait',
		typeVersion: 1.1,
		position: [520, 0],
		webhookId: crypto.randomUUID(),
		parameters: { amount: seconds },
	};
}

const writer: INode = {
	id: 'code',
	name: 'Code',
	type: 'n8n-nodes-base.code',
	typeVersion: 2,
	position: [780, 0],
	parameters: {
		jsCode: "$getWorkflowStaticData('global').ofTheBuilder = 'kept';\nreturn $input.all();",
	},
};

describe('conversations kept in This Workflow, in a real n8n', () => {
	it('stand in the workflow, for anyone who may read it', async () => {
		const { id } = await fixture.startWorkflow(agent());
		await answerTo('Hi, my name is Maria');
		const stored = await savedIn(id, (data) => data.includes('Nice to meet you, Maria'));
		expect(stored).toContain('Hi, my name is Maria');
		expect(stored).toContain(contact);
		await fixture.client.deactivate(id);
	});

	it('lose nothing where a run that began first is saved last', async () => {
		const pause = waiting(`={{ $json.contact === "${contact}" ? 10 : 0 }}`);
		const { id } = await fixture.startWorkflow({
			name: 'Overlapping runs',
			nodes: [triggerIn(fixture, kept), agentReplyIn(fixture), pause],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply', 'Wait'),
		});
		await answerTo('I was first');
		const crowd = Array.from({ length: 8 }, nextContact);
		await Promise.all(crowd.map(async (from) => await answerTo(`My name is N${from}`, from)));
		const ended = await fixture.client.endedExecutions(id, crowd.length + 1, 90_000);
		expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 'success'));
		const lastSaved = ended.toSorted((one, other) =>
			String(one.stoppedAt).localeCompare(String(other.stoppedAt)),
		);
		expect(lastSaved.at(-1)?.id).toBe(ended.at(-1)?.id);
		const stored = await storedIn(id);
		for (const from of crowd) expect(stored).toContain(`My name is N${from}`);
		await fixture.client.deactivate(id);
	});

	it('are there after an orderly restart', async () => {
		const { id } = await fixture.startWorkflow(agent());
		await answerTo('Hi, my name is Maria');
		await n8n.restart();
		expect(await answerTo('What is my name?')).toBe('Your name is Maria.');
		await fixture.client.deactivate(id);
	});

	it('lose in a crash the reply of a run that goes on, and acknowledged texts that wait for more', async () => {
		const { id } = await fixture.startWorkflow({
			name: 'Cut off',
			nodes: [
				triggerIn(fixture, { ...kept, options: { quietSeconds: 5 } }),
				agentReplyIn(fixture),
				waiting(60),
			],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply', 'Wait'),
		});
		await answerTo('Hi, my name is Maria');
		const { deliveries } = await send('My name is Ann', nextContact());
		expect(deliveries.map(({ status }) => status)).toEqual([200]);
		await n8n.kill();
		await n8n.restart();
		const stored = await storedIn(id);
		expect(stored).not.toContain('Nice to meet you, Maria');
		expect(stored).not.toContain('My name is Ann');
		await fixture.client.deactivate(id);
	});

	it('are overwritten after a long Wait by who else writes static data, and gone when n8n stops then', async () => {
		const { id } = await fixture.startWorkflow({
			name: 'With a long Wait',
			nodes: [triggerIn(fixture, kept), agentReplyIn(fixture), waiting(LONG_WAIT), writer],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply', 'Wait', 'Code'),
		});
		await answerTo('Hi, my name is Maria');
		await savedIn(id, (data) => data.includes('Maria'));
		const [execution] = await fixture.client.endedExecutions(id, 1, (LONG_WAIT + 60) * 1_000);
		expect(execution?.status).toBe('success');
		expect(execution && itemsOf(execution, 'Code')).toHaveLength(1);
		const stored = await savedIn(id, (data) => data.includes('ofTheBuilder'));
		expect(stored).not.toContain('Maria');

		await n8n.restart();
		expect(await answerTo('What is my name?')).toBe("I don't know your name yet.");
		await fixture.client.deactivate(id);
	});
});
