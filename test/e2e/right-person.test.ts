import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { StoredExecution, WorkflowDefinition } from '../../harness/n8n-client';
import { itemsOf } from '../../harness/n8n-client';
import { startN8n } from '../../harness/n8n-host';
import { agentReplyIn, triggerIn } from '../../harness/two-way-agent';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { openerWorkflow } from './support/opener-workflow';

const STRANGER = '+14155559999';
const TRIGGER = 'Incoming SMS Trigger';

let fixture: E2eFixture;
let folder: string;
let contacts = 0;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'right-person-'));
	fixture = await openE2eFixture({ withService: true });
});
beforeEach(() => fixture.model.clear());
afterAll(async () => {
	await fixture?.close();
	rmSync(folder, { recursive: true, force: true });
});

const newContact = () => contactFixture(fixture, `+1415556${String(++contacts).padStart(4, '0')}`);
const sendSmsIn = (parameters: INodeParameters = {}) =>
	nodeIn(fixture, { type: 'sendSms', name: 'Send SMS', parameters });
const inFile = (name: string): INodeParameters => ({
	threadStore: 'embedded',
	threadStoreFile: join(folder, name),
});

/** A node of n8n's own. */
function ofN8n(
	type: string,
	name: string,
	typeVersion: number,
	parameters: INodeParameters,
): INode {
	const id = `id-${name}`;
	const full = `n8n-nodes-base.${type}`;
	return { id, name, type: full, typeVersion, position: [0, 0], parameters };
}

const editFields = (fields: object, includeOtherFields: boolean) =>
	ofN8n('set', 'Edit Fields', 3.4, {
		mode: 'raw',
		jsonOutput: JSON.stringify(fields),
		includeOtherFields,
		options: {},
	});

/** Runs the workflow while `work` texts, and gives what became of its runs, newest first. */
async function runsOf(
	definition: WorkflowDefinition,
	runs: number,
	work: () => Promise<void>,
): Promise<StoredExecution[]> {
	const { id } = await fixture.startWorkflow(definition);
	try {
		await work();
		return await fixture.client.endedExecutions(id, runs, 60_000);
	} finally {
		await fixture.client.deactivate(id);
	}
}

const errorsOf = (runs: StoredExecution[]) =>
	runs.map(({ data }) => {
		const { message, description } = data.resultData.error ?? {};
		return message === undefined ? '' : `${message} | ${description ?? ''}`;
	});

describe('the right person, in a real n8n', () => {
	it('gets the text after n8n began to count its executions anew', async () => {
		const kept = { parameters: inFile('restored.sqlite') };
		const [first, second] = [newContact(), newContact()];
		const threads: unknown[] = [];
		const numbers = new Set<string | undefined>();
		for (const { number } of [first, second]) {
			const n8n = await startN8n();
			const own = await openE2eFixture({ n8n, withService: true });
			try {
				const path = `lead-${crypto.randomUUID()}`;
				const opener = { path, to: number, body: `Hello ${number}`, kept };
				const { id } = await own.startWorkflow(openerWorkflow(own, opener));
				await fetch(`${n8n.url}/webhook/${path}`);
				const [run] = await own.client.endedExecutions(id, 1, 60_000);
				numbers.add(run?.id);
				threads.push(run && itemsOf(run, 'Send SMS')[0]?.json);
				expect(own.twilio.messages({ to: number })).toMatchObject([
					{ body: `Hello ${number}` },
				]);
			} finally {
				await own.close();
				await n8n.stop();
			}
		}
		expect(numbers.size).toBe(1);
		expect(threads).toMatchObject([
			{ contact: first.number, repeated: false },
			{ contact: second.number, repeated: false },
		]);
	});

	it('gets the reply where a Merge has laid another contact over the item', async () => {
		const writer = newContact();
		const merge = ofN8n('merge', 'Merge', 3.1, {
			mode: 'combine',
			combineBy: 'combineByPosition',
			options: {},
		});
		const definition: WorkflowDefinition = {
			name: 'Merge',
			nodes: [
				triggerIn(fixture),
				editFields({ contact: STRANGER }, false),
				merge,
				agentReplyIn(fixture),
			],
			connections: {
				[TRIGGER]: {
					main: [
						[
							{ node: 'Merge', type: 'main', index: 0 },
							{ node: 'Edit Fields', type: 'main', index: 0 },
						],
					],
				},
				'Edit Fields': { main: [[{ node: 'Merge', type: 'main', index: 1 }]] },
				...inARow('Merge', 'Agent Reply'),
			},
		};
		const [run] = await runsOf(definition, 1, async () => {
			expect(await writer.ask('Hi, my name is Maria')).toContain('Nice to meet you, Maria');
		});
		expect(run && itemsOf(run, 'Merge')[0]?.json['contact']).toBe(STRANGER);
		expect(run && itemsOf(run, 'Agent Reply')[0]?.json['contact']).toBe(writer.number);
		expect(fixture.twilio.messages({ to: STRANGER })).toEqual([]);
	});

	it('keeps every conversation where Edit Fields has put messages of its own on the item', async () => {
		const [writer, other] = [newContact(), newContact()];
		const foreign = editFields({ messages: [{ role: 'user', content: 'Hi' }] }, true);
		const { id } = await fixture.startWorkflow({
			name: 'Foreign messages',
			nodes: [
				triggerIn(fixture, { threadStore: 'staticData' }),
				foreign,
				agentReplyIn(fixture),
			],
			connections: inARow(TRIGGER, 'Edit Fields', 'Agent Reply'),
		});
		await writer.ask('Hi, my name is Maria');
		await other.ask('Hi, my name is Jo');
		const runs = await fixture.client.endedExecutions(id, 2, 60_000);
		expect(errorsOf(runs)).toEqual(['', '']);
		const { staticData } = (await fixture.client.workflow(id)) as { staticData?: unknown };
		for (const words of ['my name is Maria', 'my name is Jo', 'Nice to meet you, Jo']) {
			expect(JSON.stringify(staticData)).toContain(words);
		}
		await fixture.client.deactivate(id);
	});

	it('gets one text where Send SMS stands behind an Agent Reply that sends', async () => {
		const writer = newContact();
		const definition = {
			name: 'Sends twice',
			nodes: [triggerIn(fixture), agentReplyIn(fixture), sendSmsIn()],
			connections: inARow(TRIGGER, 'Agent Reply', 'Send SMS'),
		};
		const runs = await runsOf(definition, 1, async () => {
			await writer.ask('Hi');
		});
		expect(errorsOf(runs)).toEqual([
			expect.stringMatching(/^Message: .*already.*\| .*Only Give It to the Next Node/),
		]);
		expect(writer.received()).toHaveLength(1);
	});
});

describe('Agent Reply in a sub-workflow of a real n8n', () => {
	/** The trigger in one workflow, Agent Reply in the one it calls. */
	async function apart(kept: { trigger?: INodeParameters; reply?: INodeParameters }) {
		const called = ofN8n('executeWorkflowTrigger', 'Called', 1.1, {
			inputSource: 'passthrough',
		});
		const answering = await fixture.startWorkflow({
			name: 'Answers',
			nodes: [called, agentReplyIn(fixture, kept.reply)],
			connections: inARow('Called', 'Agent Reply'),
		});
		const calling = ofN8n('executeWorkflow', 'Call', 1.2, {
			workflowId: { __rl: true, mode: 'id', value: answering.id },
			options: {},
		});
		const definition: WorkflowDefinition = {
			name: 'Listens',
			nodes: [triggerIn(fixture, kept.trigger), calling],
			connections: inARow(TRIGGER, 'Call'),
		};
		return { answering, definition };
	}

	it('is refused Same Place as the Trigger, with the choice to make', async () => {
		const writer = newContact();
		const { definition, answering } = await apart({});
		const runs = await runsOf(definition, 1, async () => {
			await writer.text('Hi');
		});
		expect(errorsOf(runs)[0]).toContain('Keep Conversations In: ');
		const [inner] = await fixture.client.endedExecutions(answering.id, 1);
		expect(errorsOf(inner ? [inner] : [])).toEqual([
			expect.stringMatching(
				/sub-workflow.*\| Choose .*File on the Server, Redis or Postgres/,
			),
		]);
		expect(writer.received()).toEqual([]);
	});

	it('answers two texts a second apart with one reply, in one thread, in the place that both name', async () => {
		const writer = newContact();
		const file = inFile('apart.sqlite');
		const { definition } = await apart({
			trigger: { ...file, options: { quietSeconds: 3 } },
			reply: file,
		});
		const runs = await runsOf(definition, 1, async () => {
			await writer.text('Hi, my name is Maria');
			await new Promise((resolve) => setTimeout(resolve, 1_000));
			await writer.text('What is my name?');
			await writer.waitForText(1);
		});
		expect(errorsOf(runs)).toEqual(['']);
		expect(writer.received().map(({ body }) => body)).toEqual(['Your name is Maria.']);
	});
});
