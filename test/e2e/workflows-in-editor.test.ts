import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ROOT } from '../../scripts/paths';
import { openEditor, type Editor } from './support/editor';
import { poll } from '../../harness/poll';
import { takePicture } from '../../harness/take-picture';
import { openWorkflowsFixture, type WorkflowsFixture } from './support/workflows-fixture';
import {
	BUILT_IN_NAMES,
	builtInFile,
	WORKFLOW_NAMES,
	workflowFile,
	type Changes,
} from './support/workflow-file';

/** Set, the pictures of the documentation are taken anew; they are what this test looks at. */
const TAKES_PICTURES = process.env['DOCS_PICTURES'] !== undefined;
const PICTURES = join(ROOT, 'docs/images/workflows');
/** The notes can be read, and all pictures together stay small enough for the package. */
const SCALE = 0.8;
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

/** What must be chosen before a workflow is whole, apart from its credentials. */
const CHOICES: Readonly<Record<string, () => Promise<Changes> | Changes>> = {
	'missed-call-text-back': () => workflows.phoneNumbers(),
	'text-a-list': async () =>
		await workflows.peopleTable([{ name: 'Maria', phone: '+14155550123', offer: 'Hello' }]),
};

it.each(WORKFLOW_NAMES)('shows %s without a complaint once it is set up', async (name) => {
	const changes = await CHOICES[name]?.();
	const { id, nodes } = await workflows.add(workflowFile(name), changes);
	await show(id, nodes.length);
	expect(await complaints(editor.page)).toEqual({ marks: 0, toasts: [] });
	if (TAKES_PICTURES) await takeCanvas(editor.page, name);
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
		expect(await complaints(editor.page)).toEqual({ marks: 3, toasts: [] });
	} finally {
		await client.deleteWorkflow(id);
	}
});

it('asks for the table of a list where none is chosen', async () => {
	const { id, nodes } = await workflows.add(workflowFile('text-a-list'));
	await show(id, nodes.length);
	expect(await complaints(editor.page)).toEqual({ marks: 1, toasts: [] });
});

/** Other files store workflows in the same n8n at the same time. */
const idOnScreen = (page: Page) => new URL(page.url()).pathname.split('/').at(-1);

it('gives each import of one file an address of its own', async () => {
	const { client } = workflows.fixture;
	const ids: Array<string | undefined> = [];
	for (const name of ['missed-call-text-back', 'missed-call-text-back']) {
		const { page } = editor;
		await editor.goTo('/workflow/new');
		const file = join(ROOT, 'workflows', `${name}.json`);
		await page.locator('[data-test-id="workflow-import-input"]').setInputFiles(file);
		await page.locator(NODES).first().waitFor();
		await page.keyboard.press('Control+s');
		const saved = await poll('the import to be saved', async () =>
			(await client.workflows()).find(({ id }) => id === idOnScreen(page)),
		);
		const ours = saved.nodes.filter(({ type }) => type.endsWith('Trigger'));
		ids.push(...ours.map(({ webhookId }) => webhookId));
		await client.deleteWorkflow(saved.id);
	}
	expect(ids).toHaveLength(4);
	expect(ids).not.toContain(undefined);
	expect(new Set(ids).size).toBe(4);
});

/** The nodes and their notes, without the editor's buttons, and without its dots, which make a picture large. */
async function takeCanvas(page: Page, name: string): Promise<void> {
	await page.addStyleTag({
		content:
			'[data-test-id="canvas-controls"], [class*="executionButtons"], .vue-flow__background { display: none }',
	});
	const boxes = await Promise.all(
		(await page.locator(NODES).all()).map((node) => node.boundingBox()),
	);
	const found = boxes.flatMap((box) => box ?? []);
	const left = Math.min(...found.map(({ x }) => x)) - 90;
	const top = Math.min(...found.map(({ y }) => y)) - 20;
	const right = Math.max(...found.map(({ x, width }) => x + width)) + 130;
	const bottom = Math.max(...found.map(({ y, height }) => y + height)) + 70;
	await page.mouse.move(0, 0);
	const cut = { x: left, y: top, width: right - left, height: bottom - top, scale: SCALE };
	await takePicture(page, join(PICTURES, `${name}.webp`), cut);
}
