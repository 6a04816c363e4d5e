import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { WorkflowDefinition } from '../../harness/n8n-client';
import { triggerIn } from '../../harness/two-way-agent';
import { inARow, nodeIn, type StoredCredential } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { splitOutNode, webhookNode } from './support/webhook-node';

const LANGCHAIN = '@n8n/n8n-nodes-langchain';
const MEMORY = 'SMS Thread Memory';
/** Of n8n's Chat Trigger. */
const LOADS_SESSION = { loadPreviousSession: 'memory' };

let fixture: E2eFixture;
let openAi: StoredCredential;
let contacts = 0;
let contact: string;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	const settings = { apiKey: 'emulated-key', url: fixture.model.apiUrl };
	openAi = await fixture.addCredential('openAiApi', settings);
});
beforeEach(() => {
	fixture.model.clear();
	contact = somebody();
});
afterEach(async () => await fixture.deactivateAll());
afterAll(async () => await fixture?.close());

const somebody = () => `+1415553${String(++contacts).padStart(4, '0')}`;
const threadOf = (number: string) => `${fixture.account.accountSid}:front-desk:${number}`;

function ofN8n(type: string, typeVersion: number, name: string, more: Partial<INode> = {}): INode {
	const type_ = `${LANGCHAIN}.${type}`;
	return { id: name, name, type: type_, typeVersion, position: [0, 0], parameters: {}, ...more };
}

const memoryNode = (parameters: INodeParameters = {}) =>
	nodeIn(fixture, { type: 'smsThreadMemory', name: MEMORY, parameters, credentials: [] });

const below = (name: string, type: 'ai_memory' | 'ai_languageModel' | 'ai_tool', of: string) => ({
	[name]: { [type]: [[{ node: of, type, index: 0 }]] },
});

/** n8n's agent with its model and our memory, all fields of which are as they come. */
function agentNodes(typeVersion: number, parameters: INodeParameters = {}): WorkflowDefinition {
	const model = ofN8n('lmChatOpenAi', 1.2, 'OpenAI Chat Model', {
		parameters: { model: { __rl: true, mode: 'id', value: 'emulated-small' } },
		credentials: { openAiApi: openAi },
	});
	return {
		name: `AI Agent ${typeVersion} on the thread`,
		nodes: [ofN8n('agent', typeVersion, 'AI Agent', { parameters }), model, memoryNode()],
		connections: {
			...below('OpenAI Chat Model', 'ai_languageModel', 'AI Agent'),
			...below(MEMORY, 'ai_memory', 'AI Agent'),
		},
	};
}

/** Incoming SMS Trigger, AI Agent, Send SMS. */
function conversation(typeVersion: number): WorkflowDefinition {
	const { name, nodes, connections } = agentNodes(typeVersion);
	return {
		name,
		nodes: [
			triggerIn(fixture),
			...nodes,
			nodeIn(fixture, { type: 'sendSms', name: 'Send SMS' }),
		],
		connections: { ...connections, ...inARow('Incoming SMS Trigger', 'AI Agent', 'Send SMS') },
	};
}

const textsTo = (number: string) => fixture.twilio.messages({ to: number }).map(({ body }) => body);

async function ask(body: string, from = contact): Promise<string> {
	const before = textsTo(from).length;
	await fixture.twilio.textFromContact({ from, to: fixture.number.phoneNumber, body });
	await fixture.twilio.waitForMessage(() => textsTo(from).length > before, 90_000);
	return textsTo(from).at(-1) ?? '';
}

/** What the model was shown last, but for its instructions; the times before the contact's texts are left out. */
const shown = (request = fixture.model.requests.at(-1)) =>
	(request?.messages ?? [])
		.filter(({ role }) => role !== 'system')
		.map(({ role, text }) => [role, text.replaceAll(/^\[20[^\]]*\] /gm, '')]);

/** Starts a workflow by an address of its own, which answers with what its last node gives. */
async function startByAddress({ name, nodes, connections }: WorkflowDefinition, first: string) {
	const path = `memory-${crypto.randomUUID()}`;
	const hook = webhookNode('Webhook', path, { httpMethod: 'POST', responseMode: 'lastNode' });
	const { id } = await fixture.startWorkflow({
		name,
		nodes: [hook, ...nodes],
		connections: { ...connections, ...inARow('Webhook', first) },
	});
	const post = async (body: unknown) => {
		const headers = { 'content-type': 'application/json' };
		const url = `${fixture.n8n.url}/webhook/${path}`;
		const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
		return JSON.stringify(await answer.json());
	};
	return { id, post };
}

/** What n8n's Chat Memory Manager does with the thread of a contact. */
async function startManager(parameters: INodeParameters & { mode: string }) {
	const manager = ofN8n('memoryManager', 1.1, 'Chat Memory Manager', { parameters });
	return await startByAddress(
		{
			name: `Memory Manager: ${parameters.mode}`,
			nodes: [
				manager,
				memoryNode({ threadStore: 'embedded', threadId: '={{ $json.body.threadId }}' }),
			],
			connections: below(MEMORY, 'ai_memory', manager.name),
		},
		manager.name,
	);
}

describe.each([1.7, 2.2, 3])("n8n's AI Agent %d with SMS Thread Memory", (typeVersion) => {
	it('is shown what was texted once, and the new text once', async () => {
		await fixture.startWorkflow(conversation(typeVersion));
		const greeting = await ask('Hi, my name is Maria');
		expect(shown()).toEqual([['user', 'Hi, my name is Maria']]);
		expect(await ask('What is my name?')).toBe('Your name is Maria.');
		expect(shown()).toEqual([
			['user', 'Hi, my name is Maria'],
			['assistant', greeting],
			['user', 'What is my name?'],
		]);
		const another = somebody();
		expect(await ask('What is my name?', another)).toContain("don't know");
		expect(shown()).toEqual([['user', 'What is my name?']]);
	});
});

describe('SMS Thread Memory', () => {
	it("shows what a workflow's own words were, with its mark", async () => {
		await fixture.startWorkflow(conversation(3));
		await ask('Hi, my name is Maria');
		const parameters = {
			to: contact,
			agentId: 'Front Desk',
			body: 'Your crown is ready',
			threadStore: 'embedded',
		};
		const send = nodeIn(fixture, { type: 'sendSms', name: 'Send SMS', parameters });
		const nodes = [send];
		await (
			await startByAddress({ name: 'Ready', nodes, connections: {} }, 'Send SMS')
		).post({});
		await ask('When can I come?');
		expect(shown().map(([, text]) => text)).toContainEqual(
			expect.stringMatching(/\n\[operator\] Your crown is ready$/),
		);
	});

	it.each([2.2, 3])(
		'doubles nothing where AI Agent %d calls a tool in between',
		async (version) => {
			const { name, nodes, connections } = conversation(version);
			const tool = nodeIn(fixture, { type: 'sendSmsTool', name: 'Text Now' });
			const { id } = await fixture.startWorkflow({
				name,
				nodes: [...nodes, tool],
				connections: { ...connections, ...below('Text Now', 'ai_tool', 'AI Agent') },
			});
			const greeting = await ask('Hi, my name is Maria');
			const call = `call tool Text_Now with ${JSON.stringify({ Message: 'One moment' })}`;
			fixture.model.clear();
			await ask(call);
			await fixture.client.endedExecutions(id, 2);
			const before = [
				['user', 'Hi, my name is Maria'],
				['assistant', greeting],
				['user', call],
			];
			const [first, second] = fixture.model.requests;
			expect(shown(first)).toEqual(before);
			expect(shown(second).map(([role]) => role)).toEqual([
				...before.map(([role]) => role),
				'assistant',
				'tool',
			]);
			expect(shown(second).slice(0, 3)).toEqual(before);
			await ask('Thanks');
			// The emulated model's own words about the tool are none to be texted.
			expect(textsTo(contact)).toEqual([greeting, 'One moment', expect.any(String)]);
			expect(shown()).toEqual([...before, ['assistant', 'One moment'], ['user', 'Thanks']]);
		},
	);

	it('refuses a run whose items are of two contacts, before the model is asked', async () => {
		await fixture.startWorkflow(conversation(3));
		const another = somebody();
		await ask('Hi, my name is Maria');
		await ask('My secret is 4711', another);
		fixture.model.clear();
		const { name, nodes, connections } = agentNodes(3, {
			promptType: 'define',
			text: 'Sum up',
		});
		const memory = memoryNode({ threadStore: 'embedded', threadId: '={{ $json.threadId }}' });
		const { id, post } = await startByAddress(
			{
				name,
				nodes: [
					splitOutNode('Split Out', 'body'),
					...nodes.filter((node) => node.name !== MEMORY),
					memory,
				],
				connections: { ...connections, ...inARow('Split Out', 'AI Agent') },
			},
			'Split Out',
		);
		await post([contact, another].map((number) => ({ threadId: threadOf(number) })));
		const [execution] = await fixture.client.endedExecutions(id, 1);
		const { error } = execution?.data.resultData ?? {};
		expect(error?.message).toMatch(/^Thread ID: the items of this run are of 2 conversations/);
		expect(fixture.model.requests).toEqual([]);
		await post([{ threadId: threadOf(contact) }]);
		expect(JSON.stringify(shown())).toContain('my name is Maria');
	});

	it('can be read by the Chat Memory Manager, which deletes and inserts nothing', async () => {
		await fixture.startWorkflow(conversation(3));
		const greeting = await ask('Hi, my name is Maria');
		const asked = { threadId: threadOf(contact) };
		const all = await startManager({ mode: 'load', simplifyOutput: false, options: {} });
		const whole = await all.post(asked);
		expect(whole).toContain('my name is Maria');
		expect(whole).toContain(greeting);
		const simple = await startManager({ mode: 'load', simplifyOutput: true, options: {} });
		expect(await simple.post(asked)).toContain(greeting);

		const messages = { messageValues: [{ type: 'user', message: 'Invented' }] };
		for (const parameters of [
			{ mode: 'delete', deleteMode: 'all' },
			{ mode: 'delete', deleteMode: 'lastN', lastMessagesCount: 1 },
			{ mode: 'insert', insertMode: 'insert', messages },
			{ mode: 'insert', insertMode: 'override', messages },
		]) {
			const { id, post } = await startManager(parameters);
			await post(asked);
			const [execution] = await fixture.client.endedExecutions(id, 1);
			expect(execution?.data.resultData.error?.message).toMatch(/^Memory: .* as it was$/);
		}
		expect(await all.post(asked)).toBe(whole);
	});

	it('gives a Chat Trigger the conversation, before any run begins', async () => {
		await fixture.startWorkflow(conversation(3));
		const greeting = await ask('Hi, my name is Maria');
		const webhookId = crypto.randomUUID();
		const parameters = { public: true, mode: 'webhook', options: LOADS_SESSION };
		const chat = ofN8n('chatTrigger', 1.1, 'Chat', { webhookId, parameters });
		const threadId = threadOf(contact);
		const memory = memoryNode({ threadStore: 'embedded', threadId });
		const connections = below(MEMORY, 'ai_memory', 'Chat');
		await fixture.startWorkflow({ name: 'Chat', nodes: [chat, memory], connections });
		const answer = await fetch(`${fixture.n8n.url}/webhook/${webhookId}/chat`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ action: 'loadPreviousSession', sessionId: threadId }),
		});
		expect(await answer.text()).toContain(greeting);
	});
});
