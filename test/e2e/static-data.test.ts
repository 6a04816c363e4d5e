import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import { openEditor } from '../../harness/editor';
import { itemsOf } from '../../harness/n8n-client';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';
import { agentReplyIn, triggerIn, twoWayAgent } from '../../harness/two-way-agent';
import { inARow } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

/** n8n ends the run at a Wait of so many seconds, and later starts another for what comes after. */
const LONG_WAIT = 66;
/** Milliseconds the editor may take on a busy machine. */
const PATIENCE = 120_000;

/** What of notices and of the choices of a field the editor does not show whole. */
const CUT_OFF = `[...document.querySelectorAll('.el-select-dropdown__item *, [class*=notice] *')]
	.filter((part) => part.offsetParent && getComputedStyle(part).display !== 'inline')
	.filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 2)
	.map(({ textContent }) => textContent)`;

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

describe('the editor', () => {
	it('warns on the trigger of what This Workflow is not the place for', async () => {
		const options: INodeParameters = { quietSeconds: 3, maxThreads: 5_000 };
		const workflow = (parameters: INodeParameters, ...more: INode[]) => ({
			name: 'Hints',
			nodes: [triggerIn(fixture, parameters), agentReplyIn(fixture), ...more],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply', 'Wait'),
		});
		const { id: risky } = await fixture.addWorkflow(
			workflow({ ...kept, options }, waiting(3600)),
		);
		const { id: fine } = await fixture.addWorkflow(workflow(kept, waiting(5)));
		const inFile = { threadStore: 'embedded', options };
		const { id: elsewhere } = await fixture.addWorkflow(workflow(inFile, waiting(3600)));
		const editor = await openEditor(fixture.client);
		const { page } = editor;
		const hints = page.locator('[data-test-id="node-hint"], .n8n-callout, [class*="hint"]');
		const openTrigger = async (id: string) => {
			await editor.goTo(`/workflow/${id}`);
			const node = page
				.locator('[data-test-id="canvas-node"]')
				.filter({ hasText: 'Incoming SMS Trigger' });
			await node.dblclick({ timeout: PATIENCE });
			await page.getByText('Receive Texts On').first().waitFor({ timeout: PATIENCE });
		};
		try {
			await openTrigger(risky);
			for (const words of [
				'After a Wait of 65 seconds or more',
				'texts that wait are lost if n8n stops',
				'meant for some hundred conversations',
			]) {
				await hints.filter({ hasText: words }).first().waitFor({ timeout: PATIENCE });
			}
			const notice = page.getByText('If n8n crashes, texts of the last moments');
			await notice.waitFor({ timeout: PATIENCE });
			expect(await notice.innerText()).toMatch(/or Redis or Postgres\.$/);
			await editor.screenshot('trigger-store-hints');
			await page.locator('[data-test-id="parameter-input-threadStore"]').click();
			const choices = page.locator('.el-select-dropdown__item:visible');
			await choices.filter({ hasText: 'Automatic' }).waitFor({ timeout: PATIENCE });
			await editor.screenshot('store-choices');
			expect([await choices.count(), await page.evaluate(CUT_OFF)]).toEqual([5, []]);
			await page.keyboard.press('Escape');
			for (const id of [fine, elsewhere]) {
				await openTrigger(id);
				await page.getByText('No trigger output').first().waitFor({ timeout: PATIENCE });
				expect(await page.getByText('This Workflow is').count()).toBe(0);
				expect(await page.getByText('empty copy over').count()).toBe(0);
			}
		} finally {
			await editor.close();
		}
	});
});
