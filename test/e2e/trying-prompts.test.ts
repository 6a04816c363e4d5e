import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Page } from 'playwright-core';
import { openEditor, openNode, type Editor } from './support/editor';
import { itemsOf, type StoredWorkflow } from '../../harness/n8n-client';
import { agentReplyIn, twoWayAgent } from '../../harness/two-way-agent';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { contactFixture, type ContactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const TRIGGER = 'Incoming SMS Trigger';
const BEFORE = 'this node texts the contact for real';
const ANSWERED = 'This text was answered before';
const NOBODY_TOLD = 'Nothing is connected to Hand Over';
const COMPOSE = { delivery: 'compose' };

let fixture: E2eFixture;
let editor: Editor;
let workflow: StoredWorkflow;
let people = 0;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	editor = await openEditor(fixture.client);
	workflow = await fixture.startWorkflow(twoWayAgent(fixture));
});
beforeEach(() => fixture.model.clear());
afterAll(async () => {
	await editor?.close();
	await fixture?.close();
});

const somebody = () => contactFixture(fixture, `+1415557${String(++people).padStart(4, '0')}`);

/** The trigger's item of a text that came while the workflow was published. */
async function itemOf(phone: ContactFixture, body: string): Promise<INodeExecutionData> {
	const execution = await fixture.client.executionAfter(
		workflow.id,
		async () => await phone.text(body),
	);
	const [item] = itemsOf(execution, TRIGGER);
	if (!item) throw new Error('The trigger gave nothing');
	return item;
}

/** The editor with Agent Reply open, set as given, and the trigger's output pinned. */
async function openWithPinned(item: INodeExecutionData, reply: INodeParameters): Promise<Page> {
	const { nodes } = await fixture.client.workflow(workflow.id);
	const changed = nodes.map((node) =>
		node.name === 'Agent Reply'
			? { ...node, parameters: agentReplyIn(fixture, reply).parameters }
			: node,
	);
	await fixture.client.rest('PATCH', `/rest/workflows/${workflow.id}?forceSave=true`, {
		nodes: changed,
		connections: workflow.connections,
		pinData: { [TRIGGER]: [{ json: item.json }] },
	});
	const { page } = editor;
	await editor.goTo(`/workflow/${workflow.id}?try=${++people}`);
	await openNode(editor, 'Agent Reply', page.locator('[data-test-id="node-execute-button"]'));
	return page;
}

const outputPane = (page: Page) => page.locator('[data-test-id="output-panel"]');

/** Executes the open node, and returns what its output pane says afterwards. */
async function execute(page: Page, until: string): Promise<string> {
	await page.locator('[data-test-id="node-execute-button"]').first().click();
	await outputPane(page).getByText(until).first().waitFor();
	return await outputPane(page).innerText();
}

describe('trying prompts on a pinned text', () => {
	it('is told beforehand that it texts for real, and then that the text was answered', async () => {
		const phone = somebody();
		const item = await itemOf(phone, 'Are you open on Friday?');
		await phone.waitForText(1);
		const page = await openWithPinned(item, { smsPrompt: 'We are open on Friday at noon.' });
		await outputPane(page).getByText(BEFORE).waitFor();
		await editor.screenshot('trying-before');
		const said = await execute(page, ANSWERED);
		await editor.screenshot('trying-answered');
		expect(said).toContain('Only Give It to the Next Node');
		expect(phone.received()).toHaveLength(1);
		expect(fixture.model.requests).toHaveLength(1);
	});

	it('writes a new answer to each prompt where it only gives it on, and texts nobody', async () => {
		const phone = somebody();
		const item = await itemOf(phone, 'When are you open?');
		await phone.ask('Hello?');
		const received = phone.received().length;
		for (const hours of ['7 am to noon', '1 pm to 5 pm']) {
			const smsPrompt = `You are Ava. We are open Monday to Friday, ${hours}.`;
			const page = await openWithPinned(item, { ...COMPOSE, smsPrompt });
			await outputPane(page).getByText('No output data').waitFor();
			expect(await outputPane(page).getByText(BEFORE).count()).toBe(0);
			const said = await execute(page, `We are open Monday to Friday, ${hours}.`);
			expect(said).toContain('Replied Branch (1 item)');
			expect(said).not.toContain(ANSWERED);
		}
		expect(phone.received()).toHaveLength(received);
	});

	it('says where a text needs a person and nobody is told', async () => {
		const item = await itemOf(somebody(), 'I want to talk to a person');
		const page = await openWithPinned(item, COMPOSE);
		expect(await execute(page, NOBODY_TOLD)).toContain('Connect a Send SMS');
		await editor.screenshot('nobody-told');
	});
});

describe('trying Send SMS', () => {
	it('is told beforehand that it texts for real, and then whom it has texted', async () => {
		const phone = somebody();
		const start = {
			id: 'start',
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters: {},
		};
		const send = nodeIn(fixture, {
			type: 'sendSms',
			name: 'Send SMS',
			parameters: { to: phone.number, from: fixture.number.phoneNumber, body: 'Hello' },
			settings: { position: [300, 0] },
		});
		const { id } = await fixture.addWorkflow({
			name: 'Trying Send SMS',
			nodes: [start, send],
			connections: inARow('Start', 'Send SMS'),
		});
		const { page } = editor;
		await editor.goTo(`/workflow/${id}`);
		await openNode(editor, 'Send SMS', outputPane(page).getByText('this node texts for real'));
		await editor.screenshot('trying-send-before');
		const said = await execute(page, 'Twilio has taken a real text');
		await editor.screenshot('trying-send-after');
		expect(said).toContain(`to ${phone.number} from this run`);
		expect(phone.received()).toHaveLength(1);
	});
});
