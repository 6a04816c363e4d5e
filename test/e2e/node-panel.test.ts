import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { openEditor, untilSeen, type Editor } from './support/editor';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const OURS = ['Incoming SMS Trigger', 'Agent Reply', 'Send SMS', 'Missed Call Trigger'];

/** What people type, and what they are looking for. */
const WORDS: Record<string, string[]> = {
	sms: OURS,
	text: OURS,
	'text message': OURS,
	twilio: OURS,
	'missed call': ['Missed Call Trigger'],
	reply: ['Agent Reply'],
	incoming: ['Incoming SMS Trigger'],
	agent: ['Agent Reply'],
	chatbot: ['Incoming SMS Trigger', 'Agent Reply'],
	'Incoming SMS Trigger': ['Incoming SMS Trigger'],
	'Agent Reply': ['Agent Reply'],
	'Send SMS': ['Send SMS'],
};

const NAMES = '[data-test-id="node-creator-item-name"]';
const SEARCH = '[data-test-id="node-creator-search-bar"]';

let fixture: E2eFixture;
let editor: Editor;
beforeAll(async () => {
	fixture = await openE2eFixture();
	editor = await openEditor(fixture.client);
});
afterAll(async () => {
	await editor?.close();
	await fixture?.close();
});

const openBy = async (button: Locator) =>
	await untilSeen(editor.page.locator(SEARCH), async (within) => await button.click(within));

/** The names that the panel lists, ours first asked for. */
async function found(page: Page, word: string, wanted: string[]): Promise<string[]> {
	await page.locator(SEARCH).fill(word);
	const names = page.locator(NAMES);
	const last = names.getByText(wanted.at(-1) ?? '', { exact: true });
	await last.first().waitFor({ timeout: 15_000 });
	return await names.allInnerTexts();
}

describe('the node panel', () => {
	it('finds our nodes from an empty canvas by what people type', async () => {
		const { page } = editor;
		await editor.goTo('/workflow/new');
		await openBy(page.locator('[data-test-id="canvas-add-button"]'));
		for (const [word, wanted] of Object.entries(WORDS)) {
			expect(await found(page, word, wanted)).toEqual(expect.arrayContaining(wanted));
		}
	});

	it('finds them behind a node', async () => {
		const { page } = editor;
		const { id } = await fixture.addWorkflow({
			name: 'Begun by hand',
			nodes: [
				{
					id: crypto.randomUUID(),
					name: 'By Hand',
					type: 'n8n-nodes-base.manualTrigger',
					typeVersion: 1,
					position: [0, 0],
					parameters: {},
				},
			],
			connections: {},
		});
		await editor.goTo(`/workflow/${id}`);
		await openBy(page.locator('[data-test-id="canvas-handle-plus"]').first());
		for (const [word, wanted] of Object.entries(WORDS)) {
			expect(await found(page, word, wanted)).toEqual(expect.arrayContaining(wanted));
		}
	});

	it('finds Send SMS among the tools of an AI Agent', async () => {
		const { page } = editor;
		const { id } = await fixture.addWorkflow({
			name: 'With an AI Agent',
			nodes: [
				{
					id: crypto.randomUUID(),
					name: 'AI Agent',
					type: '@n8n/n8n-nodes-langchain.agent',
					typeVersion: 2,
					position: [0, 0],
					parameters: {},
				},
			],
			connections: {},
		});
		await editor.goTo(`/workflow/${id}`);
		const tool = page.locator('[data-test-id="canvas-node-input-handle"]', { hasText: 'Tool' });
		await openBy(tool.locator('[data-test-id="canvas-handle-plus"]'));
		for (const word of ['sms', 'text message', 'twilio', 'Send SMS']) {
			expect(await found(page, word, ['Send SMS Tool'])).toContain('Send SMS Tool');
		}
	});
});
