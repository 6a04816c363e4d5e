import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ROOT } from '../../scripts/paths';
import { openEditor, type Editor } from '../../harness/editor';
import { poll } from '../../harness/poll';
import { openWorkflowsFixture, type WorkflowsFixture } from './support/workflows-fixture';
import { BUILT_IN_NAMES, builtInFile, WORKFLOW_NAMES, workflowFile } from './support/workflow-file';

/** Set, the pictures of the documentation are taken anew; they are what this test looks at. */
const TAKES_PICTURES = process.env['DOCS_PICTURES'] !== undefined;
const PICTURES = join(ROOT, 'docs/images/workflows');
const NODES = '.vue-flow__node';
/** The editor lays the canvas out and fits it into the window, which nothing tells. */
const SETTLE_MS = 2_500;

let workflows: WorkflowsFixture;
let editor: Editor;

beforeAll(async () => {
	workflows = await openWorkflowsFixture();
	editor = await openEditor(workflows.fixture.client);
	await editor.page.setViewportSize({ width: 1360, height: 1000 });
});
afterAll(async () => {
	await editor?.close();
	await workflows?.close();
});

async function show(workflowId: string, nodes: number): Promise<void> {
	const { page } = editor;
	await editor.goTo(`/workflow/${workflowId}`);
	await page
		.locator(NODES)
		.nth(nodes - 1)
		.waitFor();
	// What it complains of it knows by the answers to what it asks: then there are no more of them.
	await page.waitForLoadState('networkidle');
	if (TAKES_PICTURES) await page.waitForTimeout(SETTLE_MS);
}

const complaints = async (page: Page) => ({
	marks: await page.locator('[data-test-id="node-issues"]').count(),
	toasts: await page.locator('.el-notification').allInnerTexts(),
});

it.each(WORKFLOW_NAMES)('shows %s without a complaint once it is set up', async (name) => {
	const changes = name === 'missed-call-text-back' ? workflows.phoneNumbers() : {};
	const { id, nodes } = await workflows.add(workflowFile(name), changes);
	await show(id, nodes.length);
	expect(await complaints(editor.page)).toEqual({ marks: 0, toasts: [] });
	if (TAKES_PICTURES) await takePicture(editor.page, name);
});

/** Nobody could use them for a comparison if a field were missing. */
it.each(BUILT_IN_NAMES)("shows %s of n8n's own nodes without a complaint", async (name) => {
	const { id, nodes } = await workflows.add(builtInFile(name));
	await show(id, nodes.length);
	expect(await complaints(editor.page)).toEqual({ marks: 0, toasts: [] });
});

it('shows a complaint where a credential is not chosen', async () => {
	const { client } = workflows.fixture;
	const { nodes, ...rest } = workflowFile('two-way-ai-agent');
	const bare = nodes.map((node) => ({ ...node, credentials: {} }));
	const { id } = await client.createWorkflow({ ...rest, nodes: bare });
	try {
		await show(id, nodes.length);
		expect(await complaints(editor.page)).toEqual({ marks: 2, toasts: [] });
	} finally {
		await client.deleteWorkflow(id);
	}
});

it('gives each import of one file an address of its own', async () => {
	const { client } = workflows.fixture;
	const before = new Set((await client.workflows()).map(({ id }) => id));
	const ids: Array<string | undefined> = [];
	for (const name of ['missed-call-text-back', 'missed-call-text-back']) {
		const { page } = editor;
		await editor.goTo('/workflow/new');
		const file = join(ROOT, 'workflows', `${name}.json`);
		await page.locator('[data-test-id="workflow-import-input"]').setInputFiles(file);
		await page.locator(NODES).first().waitFor();
		await page.keyboard.press('Control+s');
		const saved = await poll('the import to be saved', async () =>
			(await client.workflows()).find(({ id }) => !before.has(id)),
		);
		before.add(saved.id);
		const ours = saved.nodes.filter(({ type }) => type.endsWith('Trigger'));
		ids.push(...ours.map(({ webhookId }) => webhookId));
		await client.deleteWorkflow(saved.id);
	}
	expect(ids).toHaveLength(4);
	expect(ids).not.toContain(undefined);
	expect(new Set(ids).size).toBe(4);
});

it('finds all four nodes by typing "sms" in the node panel', async () => {
	const { page } = editor;
	await editor.goTo('/workflow/new');
	await page.locator('[data-test-id="canvas-add-button"]').click();
	await page.locator('[data-test-id="node-creator-search-bar"]').fill('sms');
	const names = page.locator('[data-test-id="node-creator-item-name"]');
	await names.getByText('Send SMS', { exact: true }).first().waitFor();
	expect(await names.allInnerTexts()).toEqual(
		expect.arrayContaining([
			'Incoming SMS Trigger',
			'Agent Reply',
			'Send SMS',
			'Missed Call Trigger',
		]),
	);
});

/** The nodes and their notes, without the buttons of the editor. */
async function takePicture(page: Page, name: string): Promise<void> {
	await page.addStyleTag({
		content: '[data-test-id="canvas-controls"], [class*="executionButtons"] { display: none }',
	});
	const boxes = await Promise.all(
		(await page.locator(NODES).all()).map((node) => node.boundingBox()),
	);
	const found = boxes.flatMap((box) => box ?? []);
	const left = Math.min(...found.map(({ x }) => x)) - 90;
	const top = Math.min(...found.map(({ y }) => y)) - 20;
	const right = Math.max(...found.map(({ x, width }) => x + width)) + 130;
	const bottom = Math.max(...found.map(({ y, height }) => y + height)) + 70;
	mkdirSync(PICTURES, { recursive: true });
	await page.mouse.move(0, 0);
	await page.screenshot({
		path: join(PICTURES, `${name}.png`),
		clip: { x: left, y: top, width: right - left, height: bottom - top },
	});
}
