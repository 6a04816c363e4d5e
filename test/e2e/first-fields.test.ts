import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import type { Locator } from 'playwright-core';
import { claimPort } from '../../harness/claim-port';
import { openEditor, openNode, untilSeen, type Editor } from './support/editor';
import { itemsOf } from '../../harness/n8n-client';
import { poll } from '../../harness/poll';
import { agentReplyIn, triggerIn, twoWayAgent } from '../../harness/two-way-agent';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const SLOTS = '[data-test-id="node-credentials-slot"]';
const FIELDS = '[data-test-id="parameter-item"]';

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

/** Published by one try, a workflow would keep the number from the next. */
afterEach(async () => {
	await fixture.deactivateAll();
});

async function openNodeOf(workflowId: string, name: string): Promise<void> {
	await editor.goTo(`/workflow/${workflowId}`);
	await openNode(editor, name, editor.page.locator(SLOTS));
}

interface Meeting {
	type: string;
	parameters: INodeParameters;
	/** Labels of the slots, from top to bottom. */
	slots: string[];
}

const TWILIO = 'Credential for Twilio Messaging API';
const REDIS = 'Credential for SMS Conversations: Redis API';
const POSTGRES = 'Credential for SMS Conversations: Postgres API';

const NODES: Record<string, Meeting> = {
	'Incoming SMS Trigger': {
		type: 'incomingSmsTrigger',
		parameters: { threadStore: 'redis' },
		slots: [TWILIO, REDIS],
	},
	'Missed Call Trigger': {
		type: 'missedCallTrigger',
		parameters: { threadStore: 'postgres' },
		slots: [TWILIO, POSTGRES],
	},
	'Agent Reply': {
		type: 'agentReply',
		parameters: { threadStore: 'redis' },
		slots: [TWILIO, 'Credential for OpenAI or Similar API', REDIS],
	},
	'Send SMS': {
		type: 'sendSms',
		parameters: { mode: 'ai', modelSource: 'openAi', threadStore: 'postgres' },
		slots: [TWILIO, 'Credential for OpenAI', POSTGRES],
	},
};

describe('what a builder meets first', () => {
	it.each(Object.entries(NODES))(
		'in %s are the credentials, Twilio before the others; where threads are kept comes last',
		async (name, { type, parameters, slots }) => {
			const { page } = editor;
			const node = { ...nodeIn(fixture, { type, name, parameters }), credentials: {} };
			const { id } = await fixture.addWorkflow({ name, nodes: [node], connections: {} });
			await openNodeOf(id, name);
			const fields = page.locator(FIELDS);
			await fields.getByText('Keep Conversations In', { exact: true }).waitFor();
			await page
				.locator(SLOTS)
				.nth(slots.length - 1)
				.waitFor();
			await editor.screenshot(`first-fields-${type}`);

			const first = fields.first();
			expect(await first.innerText()).toMatch(new RegExp(`^${TWILIO}\n`));
			const labels = first.locator(`${SLOTS} [data-test-id="credentials-label"]`);
			// Behind the label of a credential that there is none of yet stands a button to make one.
			const words = (await labels.allInnerTexts()).map((text) => text.split('\n')[0]);
			expect(words).toEqual(slots);
			expect(await page.locator(SLOTS).count()).toBe(slots.length);

			const shown = (await fields.allInnerTexts()).map((text) => text.split('\n')[0]);
			expect(shown[shown.indexOf('Options') - 1]).toBe('Keep Conversations In');
		},
	);
});

describe('choosing the credential of a model', () => {
	const choose = async (credential: { name: string }) => {
		const { page } = editor;
		const slot = page.locator(SLOTS).filter({ hasText: 'OpenAI or Similar API' });
		const choice = page.getByText(credential.name, { exact: true }).last();
		const select = slot.locator('[data-test-id="node-credentials-select"]');
		await untilSeen(choice, async (within) => await select.click(within));
		await choice.click();
	};
	const model = () =>
		editor.page
			.locator('[data-test-id="rlc-input"] input, input[data-test-id="rlc-input"]')
			.first();
	const openModels = async (shown: Locator) => {
		const input = editor.page.locator('[data-test-id="rlc-input"]').first();
		await untilSeen(shown, async (within) => await input.click(within));
	};
	const added = async (name: string, chosen: INodeParameters) =>
		await fixture.addWorkflow({
			name,
			nodes: [
				triggerIn(fixture),
				{
					...agentReplyIn(fixture, chosen),
					credentials: { twilioMessagingApi: fixture.credentials.twilioMessagingApi },
				},
			],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply'),
		});

	/** Chooses it, and waits until the editor has looked the model up in its list. */
	const chooseAndLookUp = async (credential: { name: string }) => {
		const answer = editor.page.waitForResponse((response) =>
			response.url().endsWith('/resource-locator-results'),
		);
		await choose(credential);
		await (await answer).finished();
	};
	/** A workflow that is open at Model, with `emulated-small` chosen from the list. */
	const openWithModel = async (name: string) => {
		const { page } = editor;
		const { id } = await added(name, { model: { __rl: true, mode: 'list', value: '' } });
		await openNodeOf(id, 'Agent Reply');
		expect(await model().getAttribute('placeholder')).toBe('Leave empty for gpt-4.1-mini');
		await choose(fixture.credentials.openAiCompatibleApi);
		const small = page.locator('[data-test-id="rlc-item"]').getByText('emulated-small');
		await openModels(small);
		await small.click();
		expect(await model().inputValue()).toBe('emulated-small');
		return id;
	};
	const closeNode = async () =>
		await editor.page.locator('[data-test-id="ndv-close-button"]').click();
	/** Publishes what is open, and returns the model that n8n has stored. */
	const publishedModel = async (id: string) => {
		const { page } = editor;
		const publish = page.locator('[data-test-id="workflow-publish-button"]');
		const open = page.locator('[data-test-id="workflow-open-publish-modal-button"]');
		await untilSeen(publish, async (within) => await open.click(within));
		await publish.click();
		const { nodes } = await poll('the workflow to be published', async () => {
			const workflow = await fixture.client.workflow(id);
			return workflow.active ? workflow : undefined;
		});
		return nodes.find(({ name }) => name === 'Agent Reply')?.parameters['model'];
	};

	it('leaves Model as it was chosen', async () => {
		const id = await openWithModel('Model left alone');
		const other = await fixture.addCredential('openAiCompatibleApi', {
			apiKey: 'emulated-key',
			baseUrl: fixture.model.apiUrl,
		});
		await chooseAndLookUp(other);
		await closeNode();
		expect(await publishedModel(id)).toMatchObject({ value: 'emulated-small' });
	});

	it('leaves Model alone where no list comes, and says in the list why', async () => {
		const { page } = editor;
		const id = await openWithModel('Model without a list');
		const refused = await fixture.addCredential('openAiCompatibleApi', {
			apiKey: 'wrong',
			baseUrl: fixture.model.apiUrl,
		});
		await chooseAndLookUp(refused);
		const why = page
			.locator('[data-test-id="rlc-item"]')
			.getByText(/^No list: .*refused the API key/);
		await openModels(why);
		await editor.screenshot('model-without-a-list');
		await why.click();
		await page.keyboard.press('Escape');
		expect(await model().inputValue()).toBe('emulated-small');
		await closeNode();
		expect(await publishedModel(id)).toMatchObject({ value: 'emulated-small' });
	});

	it('empties a model that the provider does not have, and the workflow can be published all the same', async () => {
		const { page } = editor;
		const { id } = await added('Model of somebody else', {
			model: { __rl: true, mode: 'list', value: 'gpt-5-of-elsewhere' },
		});
		await openNodeOf(id, 'Agent Reply');
		await chooseAndLookUp(fixture.credentials.openAiCompatibleApi);
		await closeNode();
		const reply = page
			.locator('[data-test-id="canvas-node"]')
			.filter({ hasText: 'Agent Reply' });
		await reply.getByText('Sends · gpt-4.1-mini').waitFor();
		expect(await page.locator('[data-test-id="node-issues"]').count()).toBe(0);
		expect(await publishedModel(id)).toMatchObject({ value: '' });
	});
});

describe("n8n's own credential of OpenAI", () => {
	it('answers a text, and lists its models', async () => {
		const openAiApi = await fixture.addCredential('openAiApi', {
			apiKey: 'emulated-key',
			url: fixture.model.apiUrl,
		});
		const { nodes, ...agent } = twoWayAgent(fixture, { reply: { modelSource: 'openAi' } });
		const credentials = {
			twilioMessagingApi: fixture.credentials.twilioMessagingApi,
			openAiApi,
		};
		const workflow = await fixture.startWorkflow({
			...agent,
			nodes: nodes.map((node) =>
				node.name === 'Agent Reply' ? { ...node, credentials } : node,
			),
		});
		const from = '+14155559876';
		await fixture.twilio.textFromContact({
			from,
			to: fixture.number.phoneNumber,
			body: 'Hi, my name is Maria',
		});
		const [execution] = await fixture.client.endedExecutions(workflow.id, 1, 60_000);
		if (!execution) throw new Error('No execution');
		expect(itemsOf(execution, 'Agent Reply', 0)[0]?.json).toMatchObject({
			text: 'Nice to meet you, Maria. How can I help?',
			model: 'emulated-small',
		});

		const { results } = await fixture.client.searchList({
			type: 'n8n-nodes-sms-agent.agentReply',
			typeVersion: 2,
			path: 'parameters.model',
			methodName: 'searchModels',
			parameters: { modelSource: 'openAi', delivery: 'send' },
			credentials: { openAiApi },
		});
		expect(results.map(({ value }) => value)).toEqual(['emulated-large', 'emulated-small']);
	});
});

describe("the model credential's test in n8n", () => {
	it.each<[string, () => Promise<string>, RegExp]>([
		[
			'a port where nothing listens',
			async () => `http://127.0.0.1:${await claimPort()}/v1`,
			/did not answer .* nothing listens at its host and port/,
		],
		[
			'a name that no machine has',
			async () => 'https://nobody.invalid/v1',
			/^nobody\.invalid did not answer .* no machine has the name in it/,
		],
		[
			'no web address',
			async () => 'api.openai.com/v1',
			/^Base URL: "api\.openai\.com\/v1" is not a web address/,
		],
	])('speaks in sentences of %s', async (_, baseUrl, sentence) => {
		const { status, message } = await fixture.client.testCredential({
			name: 'Model',
			type: 'openAiCompatibleApi',
			data: { apiKey: 'sk-of-the-builder', baseUrl: await baseUrl() },
		});
		expect(status).toBe('Error');
		expect(message).toMatch(sentence);
		expect(message).not.toContain('sk-of-the-builder');
	});

	it('leads to the page where OpenAI gives out keys', async () => {
		const { page } = editor;
		await editor.goTo('/home/credentials');
		await page
			.getByText(fixture.credentials.openAiCompatibleApi.name, { exact: true })
			.first()
			.click();
		const link = page.getByRole('link', { name: 'platform.openai.com/api-keys' });
		await link.waitFor();
		expect(await link.getAttribute('href')).toBe('https://platform.openai.com/api-keys');
	});
});
