import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import { agentReplyIn, triggerIn, twoWayAgent } from '../../harness/two-way-agent';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { openEditor, openNode, untilSeen, type Editor } from './support/editor';
import { noOp } from './support/trigger-workflow';

const TRIGGER = 'Incoming SMS Trigger';
/** What of notices and of the choices of a field the editor does not show whole. */
const CUT_OFF = `[...document.querySelectorAll('.el-select-dropdown__item *, [class*=notice] *')]
	.filter((part) => part.offsetParent && getComputedStyle(part).display !== 'inline')
	.filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 2)
	.map(({ textContent }) => textContent)`;

let fixture: E2eFixture;
let editor: Editor;
beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	editor = await openEditor(fixture.client);
});
afterAll(async () => {
	await editor?.close();
	await fixture?.close();
});

/** A node of n8n's own. */
const builtIn = (
	name: string,
	type: string,
	typeVersion: number,
	parameters: INodeParameters = {},
): INode => ({ id: name, name, type, typeVersion, position: [520, 220], parameters });

it('shows a workflow', async () => {
	const { id } = await fixture.addWorkflow({
		name: 'Shown',
		nodes: [noOp('Begin'), noOp('Done')],
		connections: inARow('Begin', 'Done'),
	});
	await editor.goTo(`/workflow/${id}`);
	await editor.page.getByText('Begin', { exact: true }).first().waitFor();
	await editor.page.getByText('Done', { exact: true }).first().waitFor();
	expect(existsSync(await editor.screenshot('harness'))).toBe(true);
});

describe('Agent Reply', () => {
	it('tells what it does, in words for people who do not program', async () => {
		const { id } = await fixture.addWorkflow(twoWayAgent(fixture));
		const { page } = editor;
		await editor.goTo(`/workflow/${id}`);
		const node = page
			.locator('[data-test-id="canvas-node"]')
			.filter({ hasText: 'Agent Reply' });
		await node.getByText('Sends · emulated-small').waitFor();
		for (const output of ['Replied', 'Hand Over', 'No Reply']) {
			const label = node.getByText(output, { exact: true });
			const isWhole = await label.evaluate(
				({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth,
			);
			expect([output, isWhole]).toEqual([output, true]);
		}
		await openNode(editor, 'Agent Reply', page.getByText('SMS Prompt'));
		for (const label of ['Model From', 'Model', 'When the Reply Is Written']) {
			const fields = page.locator('label').getByText(label, { exact: true });
			expect(await fields.count()).toBe(1);
		}
		await editor.screenshot('agent-reply');
	});

	it('has the input for a Memory only where it is asked for', async () => {
		const memory = builtIn('Simple Memory', '@n8n/n8n-nodes-langchain.memoryBufferWindow', 1.4);
		const { id } = await fixture.addWorkflow({
			name: 'With a memory',
			nodes: [triggerIn(fixture), agentReplyIn(fixture, { historySource: 'memory' }), memory],
			connections: {
				...inARow(TRIGGER, 'Agent Reply'),
				[memory.name]: {
					ai_memory: [[{ node: 'Agent Reply', type: 'ai_memory', index: 0 }]],
				},
			},
		});
		const { id: without } = await fixture.addWorkflow({
			name: 'Without a memory',
			nodes: [triggerIn(fixture), agentReplyIn(fixture), memory],
			connections: {},
		});
		await editor.goTo(`/workflow/${id}`);
		const inputs = editor.page.locator('[data-test-id="canvas-node-input-handle"]');
		const ofMemory = inputs.filter({ hasText: 'Memory' });
		await ofMemory.first().waitFor();
		expect(await ofMemory.count()).toBe(1);
		await editor.screenshot('agent-reply-memory');
		await editor.goTo(`/workflow/${without}`);
		await inputs.first().waitFor();
		expect(await ofMemory.count()).toBe(0);
	});
});

describe('From of Send SMS', () => {
	const input = () =>
		editor.page
			.locator('[data-test-id="parameter-input-from"]')
			.locator('[data-test-id="rlc-input"] input, input[data-test-id="rlc-input"]')
			.first();
	const openWith = async (from: INodeParameters[string]) => {
		const { id } = await fixture.addWorkflow({
			name: 'From',
			nodes: [nodeIn(fixture, { type: 'sendSms', name: 'Send SMS', parameters: { from } })],
			connections: {},
		});
		await editor.goTo(`/workflow/${id}`);
		await openNode(editor, 'Send SMS', input());
	};

	it('lists the Messaging Services and the numbers of the account', async () => {
		await openWith({ __rl: true, mode: 'list', value: '' });
		const items = editor.page.locator('[data-test-id="rlc-item"]');
		const ours = items.getByText(`${fixture.number.phoneNumber} · SMS, MMS, calls`);
		await untilSeen(ours, async (within) => await input().click(within));
		await editor.screenshot('send-sms-from');
		expect(await items.count()).toBe(2);
		await ours.click();
		expect(await input().inputValue()).toContain(fixture.number.phoneNumber);
	});

	it('shows what an older workflow has there as plain text', async () => {
		await openWith(fixture.number.phoneNumber);
		expect(await input().inputValue()).toBe(fixture.number.phoneNumber);
	});
});

describe('the lists of SMS Agent', () => {
	const items = () => editor.page.locator('[data-test-id="rlc-item"]');
	const input = () => editor.page.locator('[data-test-id="rlc-input"]').first();
	/** Resolves when the list shows these words. */
	const openList = async (parameters: INodeParameters, words: string) => {
		const { id } = await fixture.addWorkflow({
			name: 'Lists',
			nodes: [nodeIn(fixture, { type: 'smsAgent', name: 'SMS Agent', parameters })],
			connections: {},
		});
		await editor.goTo(`/workflow/${id}`);
		await openNode(editor, 'SMS Agent', input());
		const shown = editor.page.getByText(words);
		await untilSeen(shown, async (within) => await input().click(within));
		await editor.screenshot(`sms-agent-list-${words.replaceAll(/\W/g, '')}`);
	};

	it('say where they have looked while there is nobody', async () => {
		await openList({}, 'nothing is kept for this Twilio account');
		expect(await items().count()).toBe(0);
		await openList({ threadStore: 'staticData' }, 'Choose there what the trigger has');
		expect(await items().count()).toBe(0);
	});

	it('show conversations and people without a further field to fill in', async () => {
		const { id } = await fixture.startWorkflow(twoWayAgent(fixture));
		const maria = contactFixture(fixture, '+14155550123');
		await maria.ask('Hi, my name is Maria');
		await fixture.client.deactivate(id);
		await openList({}, `${maria.number} · front-desk`);
		await items().first().click();
		expect(await input().inputValue()).toContain(maria.number);
		await openList({ resource: 'contact' }, maria.number);
		expect(await items().count()).toBe(1);
	});
});

describe('the trigger', () => {
	const kept = { threadStore: 'staticData' };
	const options: INodeParameters = { quietSeconds: 3, maxThreads: 5_000 };
	const openTrigger = async (parameters: INodeParameters, waitSeconds: number) => {
		const wait = builtIn('Wait', 'n8n-nodes-base.wait', 1.1, { amount: waitSeconds });
		const { id } = await fixture.addWorkflow({
			name: 'Hints',
			nodes: [triggerIn(fixture, parameters), agentReplyIn(fixture), wait],
			connections: inARow(TRIGGER, 'Agent Reply', 'Wait'),
		});
		await editor.goTo(`/workflow/${id}`);
		await openNode(editor, TRIGGER, editor.page.getByText('Receive Texts On'));
	};

	it('warns of what This Workflow is not the place for', async () => {
		const { page } = editor;
		const hints = page.locator('[data-test-id="node-hint"], .n8n-callout, [class*="hint"]');
		await openTrigger({ ...kept, options }, 3600);
		for (const words of [
			'After a Wait of 65 seconds or more',
			'texts that wait are lost if n8n stops',
			'meant for some hundred conversations',
		]) {
			await hints.filter({ hasText: words }).first().waitFor();
		}
		const notice = page.getByText('If n8n crashes, texts of the last moments');
		await notice.waitFor();
		expect(await notice.innerText()).toMatch(/or Redis or Postgres\.$/);
		await editor.screenshot('trigger-store-hints');
		const choices = page.locator('.el-select-dropdown__item:visible');
		const field = page.locator('[data-test-id="parameter-input-threadStore"]');
		await untilSeen(
			choices.filter({ hasText: 'Automatic' }),
			async (within) => await field.click(within),
		);
		await editor.screenshot('store-choices');
		expect([await choices.count(), await page.evaluate(CUT_OFF)]).toEqual([5, []]);
	});

	it.each<[string, INodeParameters, number]>([
		['where This Workflow is right', kept, 5],
		['of another place', { threadStore: 'embedded', options }, 3600],
	])('says nothing of it %s', async (_, parameters, waitSeconds) => {
		const { page } = editor;
		await openTrigger(parameters, waitSeconds);
		await page.getByText('No trigger output').first().waitFor();
		expect(await page.getByText('This Workflow is').count()).toBe(0);
		expect(await page.getByText('empty copy over').count()).toBe(0);
	});
});

describe("the credential's test", () => {
	it('shows its verdict when the credential is saved', async () => {
		const { accountSid, authToken } = fixture.account;
		const data = { accountSid, authToken, apiBaseUrl: fixture.twilio.baseUrl };
		const { name } = await fixture.addCredential('twilioMessagingApi', data);
		const { page } = editor;
		await editor.goTo('/home/credentials');
		const service = page.getByPlaceholder('MG...');
		const card = page.getByText(name).first();
		await untilSeen(service, async (within) => await card.click(within));
		await service.fill(`MG${'0'.repeat(32)}`);
		await page.getByRole('button', { name: 'Save' }).click();
		const verdict = page.getByText("That Messaging Service SID wasn't found on the account");
		const details = page.getByText('More details');
		await details.waitFor();
		await untilSeen(verdict, async (within) => await details.click(within));
		await editor.screenshot('credential-wrong-service');
		expect(await verdict.innerText()).toContain('Messaging > Services in the Twilio Console');
	});
});
