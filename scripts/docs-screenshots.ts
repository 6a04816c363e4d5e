import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { selectors, type Locator, type Page } from 'playwright-core';
import { openEditor, type Editor } from '../harness/editor';
import type { N8nClient, WorkflowDefinition } from '../harness/n8n-client';
import { startN8n } from '../harness/n8n-host';
import { clearDeadRuns } from '../harness/leftovers';
import { takePicture, type Cut } from '../harness/take-picture';
import { OWNER } from '../harness/template-folder';
import { prepareWorkflows } from './demo/prepare-workflows';
import { openServices, type DemoServices } from './demo/services';
import type { DemoSettings } from './demo/settings';
import { ROOT } from './paths';

// Takes the pictures of the README from a real n8n with the package in it: `npm run docs:screenshots`.
// Names on the command line take those alone: `npm run docs:screenshots -- canvas phone`.

// n8n's own name for it.
selectors.setTestIdAttribute('data-test-id');

const IMAGES = join(ROOT, 'docs/images');
const WINDOW = { width: 1280, height: 800 };
/** The editor fades panels in and lays the canvas out again. */
const SETTLE_MS = 2_500;

/** The phone page, cut to the conversation, beside the canvas. */
const SIDE_BY_SIDE =
	'body{margin:0}main{display:flex;align-items:center;gap:16px;width:1080px;padding:16px;background:#fff}' +
	'figure{margin:0;border:1px solid #d1d9e0;border-radius:12px;overflow:hidden;flex:none}' +
	'figure:first-child{width:460px;height:420px}figure:first-child img{width:740px;margin:-54px 0 0 -232px}' +
	'figure:last-child{width:600px}figure:last-child img{width:600px;display:block}';

interface Scene {
	client: N8nClient;
	editor: Editor;
	services: DemoServices;
	/** The two nodes of the README. */
	workflowId: string;
}

/** In this order: after a conversation, the editor can show what comes out of the trigger. */
const PICTURES: Record<string, (scene: Scene) => Promise<void>> = {
	phone: async ({ editor: { page }, services: { phoneUrl } }) => {
		if (phoneUrl === undefined) throw new Error('There is no phone page');
		await page.goto(phoneUrl);
		for (const [index, text] of [
			'Hi, my name is Sam.',
			'Are you open on Friday, and how much is a cleaning?',
			'By the way, what is my name?',
		].entries()) {
			await page.getByLabel('Text message').fill(text);
			await page.keyboard.press('Enter');
			// A text and its reply each.
			const bubbles = page.getByRole('log').locator('.bubble');
			await bubbles.nth(2 * index + 1).waitFor();
			await page.waitForTimeout(SETTLE_MS);
		}
		await save(page, 'phone');
	},

	canvas: async ({ editor, workflowId }) => {
		const { page } = editor;
		await openCanvas(editor, workflowId);
		const nodes = page.getByTestId('canvas-node');
		const [first, last] = [await nodes.first().boundingBox(), await nodes.last().boundingBox()];
		if (!first || !last) throw new Error('The canvas does not show both nodes');
		const [left, right] = [Math.min(first.x, last.x), Math.max(first.x, last.x)];
		await page.addStyleTag({ content: '.vue-flow__background { display: none }' });
		const clip = { x: left - 80, y: Math.min(first.y, last.y) - 40, width: right - left + 380 };
		await save(page, 'canvas', { clip: { ...clip, height: 270 } });
	},

	'phone-and-canvas': async ({ editor }) => {
		const { page } = editor;
		const [phone, canvas] = ['phone', 'canvas'].map((name) => {
			const picture = readFileSync(join(IMAGES, `${name}.webp`)).toString('base64');
			return `<img src="data:image/webp;base64,${picture}">`;
		});
		await page.goto('about:blank');
		await page.setContent(
			`<style>${SIDE_BY_SIDE}</style><main><figure>${phone}</figure><figure>${canvas}</figure></main>`,
		);
		await save(page, 'phone-and-canvas', { part: page.locator('main') });
	},

	credential: async ({ editor }) => {
		const { page } = editor;
		await editor.goTo('/home/credentials');
		await page.getByText('Twilio Messaging', { exact: true }).first().click();
		const form = page.getByTestId('editCredential-modal');
		await form.getByPlaceholder('MG...').waitFor();
		await page.getByText('Connection tested successfully').waitFor();
		await save(page, 'credential', { part: form });
	},

	trigger: async ({ editor, workflowId }) => {
		const { page } = editor;
		await openCanvas(editor, workflowId);
		await openNode(page, 'Incoming SMS Trigger');
		await save(page, 'trigger');
	},

	'agent-reply': async ({ editor, workflowId }) => {
		const { page } = editor;
		await openCanvas(editor, workflowId);
		await openNode(page, 'Agent Reply');
		await save(page, 'agent-reply');
	},

	'send-sms': async ({ client, editor }) => {
		const { page } = editor;
		const { id } = await client.createWorkflow(await openerWorkflow(client));
		await openCanvas(editor, id);
		await openNode(page, 'Send SMS');
		await save(page, 'send-sms');
	},
};

async function takePictures(names: string[]): Promise<void> {
	clearDeadRuns();
	const settings: DemoSettings = {
		owner: OWNER,
		twilio: {
			accountSid: `AC${'0'.repeat(31)}1`,
			authToken: 'f'.repeat(32),
			callNumberSid: `PN${'0'.repeat(31)}1`,
		},
		secrets: {
			shared: 'f'.repeat(32),
			signing: `whsec_${Buffer.alloc(32).toString('base64')}`,
		},
	};
	// Without the environment: pictures must not hold anybody's account.
	const services = await openServices({}, settings);
	const n8n = await startN8n({ env: { N8N_DISABLED_MODULES: 'mcp-registry' } });
	try {
		const { client } = n8n;
		const { active } = await prepareWorkflows(client, services, settings);
		const workflowId = active.texts;
		const editor = await openEditor(client);
		await editor.page.setViewportSize(WINDOW);
		try {
			for (const name of names) {
				const picture = PICTURES[name];
				if (!picture) throw new Error(`There is no picture "${name}"`);
				await picture({ client, editor, services, workflowId });
				console.log(`docs/images/${name}.webp`);
			}
		} finally {
			await editor.close();
		}
	} finally {
		await n8n.stop();
		await services.close();
	}
}

/** A lead from elsewhere is texted first. */
async function openerWorkflow(client: N8nClient): Promise<WorkflowDefinition> {
	const stored = await client.credentials();
	const credential = (type: string) => {
		const { id, name } = stored.find((one) => one.type === type) ?? { id: '', name: '' };
		return { [type]: { id, name } };
	};
	return {
		name: 'Text a new lead',
		nodes: [
			{
				id: 'start',
				name: 'New lead',
				type: 'n8n-nodes-base.manualTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
			},
			{
				id: 'send',
				name: 'Send SMS',
				type: 'n8n-nodes-sms-agent.sendSms',
				typeVersion: 2,
				position: [220, 0],
				parameters: {
					mode: 'ai',
					to: '+12065550142',
					model: { __rl: true, mode: 'id', value: 'gpt-4.1-mini' },
					instruction: 'Say that we saw their request and ask which day suits them.',
					smsPrompt: 'You are Ava, the front desk of Bright Dental. Friendly and brief.',
					agentId: 'Front Desk',
				},
				credentials: {
					...credential('twilioMessagingApi'),
					...credential('openAiCompatibleApi'),
				},
			},
		],
		connections: { 'New lead': { main: [[{ node: 'Send SMS', type: 'main', index: 0 }]] } },
	};
}

async function openCanvas(editor: Editor, workflowId: string): Promise<void> {
	const { page } = editor;
	await editor.goTo(`/workflow/${workflowId}`);
	await page.getByTestId('canvas-node').first().waitFor();
	await page.waitForTimeout(SETTLE_MS);
	// n8n's advice for workflows that have just been published covers the canvas.
	const advice = page.getByTestId('suggested-actions-close');
	if (await advice.isVisible()) await advice.click();
}

async function openNode(page: Page, name: string): Promise<void> {
	await page.getByTestId('canvas-node').filter({ hasText: name }).first().dblclick();
	await page.getByTestId('node-parameters').first().waitFor();
}

interface Part {
	part?: Locator;
	clip?: Cut;
}

/** Waits until nothing moves, and takes the window or what is cut out of it. */
async function save(page: Page, name: string, { part, clip }: Part = {}): Promise<void> {
	await page.mouse.move(0, 0);
	await page.waitForTimeout(SETTLE_MS);
	const box = part ? await part.boundingBox() : clip;
	await takePicture(page, join(IMAGES, `${name}.webp`), box ?? undefined);
}

const names = process.argv.slice(2);
takePictures(names.length > 0 ? names : Object.keys(PICTURES)).catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
