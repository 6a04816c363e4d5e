import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { redisSettingsOf } from '../../nodes/shared/threads/stores/redis/redis-settings';
import { onRedis } from '../../harness/servers/shared-redis';
import { itemsOf, type StoredExecution } from '../../harness/n8n-client';
import { agentReplyIn, triggerIn } from '../../harness/two-way-agent';
import { webhookNode } from './support/webhook-node';
import { inARow, type StoredCredential } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const LANGCHAIN = '@n8n/n8n-nodes-langchain';
const REDIS = { host: '127.0.0.1', port: 6379, database: 0 };
const MEMORY = 'Redis Chat Memory';
let fixture: E2eFixture;
let contacts = 0;
let contact: string;
const stored: string[] = [];

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
});
beforeEach(() => {
	fixture.model.clear();
	contact = `+1415557${String(++contacts).padStart(4, '0')}`;
});
afterEach(async () => {
	const key = sessionKey();
	await onRedis(redisSettingsOf(REDIS), async (client) => client.sendCommand(['DEL', key]));
});
afterAll(async () => {
	await fixture.close();
	await Promise.all(stored.map(async (id) => await fixture.client.deleteCredential(id)));
});

const threadId = () => `${fixture.account.accountSid}:front-desk:${contact}`;

/** As n8n's memory nodes build it, where nobody changes their fields. */
const sessionKey = () => `${threadId()}__${MEMORY.replaceAll(' ', '_')}`;

function subNode(
	type: string,
	typeVersion: number,
	name: string,
	more: Partial<INode> = {},
): INode {
	const type_ = `${LANGCHAIN}.${type}`;
	return {
		id: name,
		name,
		type: type_,
		typeVersion,
		position: [260, 220],
		parameters: {},
		...more,
	};
}

async function credentialOf(type: string, data: Record<string, string | number>) {
	const name = `${type} ${crypto.randomUUID()}`;
	const credential: StoredCredential = {
		id: await fixture.client.createCredential({ name, type, data }),
		name,
	};
	stored.push(credential.id);
	return credential;
}

const redisMemory = async (
	data: Record<string, string | number> = REDIS,
	more: Partial<INode> = {},
) =>
	subNode('memoryRedisChat', 1.6, MEMORY, {
		credentials: { redis: await credentialOf('redis', data) },
		...more,
	});

const memoryInto = (memory: INode, node: string) => ({
	[memory.name]: { ai_memory: [[{ node, type: 'ai_memory' as const, index: 0 }]] },
});

/** The two nodes of a conversation, with the memory connected. */
function conversationWith(memory: INode) {
	return {
		name: `Conversation in ${memory.name}`,
		nodes: [triggerIn(fixture), agentReplyIn(fixture, { historySource: 'memory' }), memory],
		connections: {
			...inARow('Incoming SMS Trigger', 'Agent Reply'),
			...memoryInto(memory, 'Agent Reply'),
		},
	};
}

async function answerTo(body: string): Promise<string> {
	const before = texts().length;
	await fixture.twilio.textFromContact({ from: contact, to: fixture.number.phoneNumber, body });
	await fixture.twilio.waitForMessage(() => texts().length > before, 90_000);
	return texts().at(-1) ?? '';
}

const texts = () => fixture.twilio.messages({ to: contact }).map(({ body }) => body);

const repliedIn = (execution: StoredExecution | undefined) =>
	execution ? itemsOf(execution, 'Agent Reply', 0)[0]?.json : undefined;

/** What stands in Redis, oldest first. */
async function remembered() {
	const range = ['LRANGE', sessionKey(), '0', '-1'];
	const found = await onRedis(redisSettingsOf(REDIS), async (client) =>
		client.sendCommand(range),
	);
	return (found as string[])
		.map((json) => JSON.parse(json) as { type: string; data: { content: string } })
		.map(({ type, data }) => [type, data.content])
		.reverse();
}

/** A workflow of n8n's own AI Agent on the same memory, reached by an address of its own. */
async function startAgentOn(memory: INode): Promise<(text: string) => Promise<unknown>> {
	const path = `agent-${crypto.randomUUID()}`;
	const openAi = await credentialOf('openAiApi', {
		apiKey: 'emulated-key',
		url: fixture.model.apiUrl,
	});
	const hook = webhookNode('Webhook', path, { httpMethod: 'POST', responseMode: 'lastNode' });
	const model = subNode('lmChatOpenAi', 1.2, 'OpenAI Chat Model', {
		parameters: { model: { __rl: true, mode: 'id', value: 'emulated-small' } },
		credentials: { openAiApi: openAi },
	});
	const agent = subNode('agent', 3, 'AI Agent', {
		parameters: { promptType: 'define', text: '={{ $json.body.text }}' },
	});
	await fixture.startWorkflow({
		name: 'AI Agent on the same memory',
		nodes: [hook, agent, model, memory],
		connections: {
			...inARow('Webhook', 'AI Agent'),
			...memoryInto(memory, 'AI Agent'),
			[model.name]: {
				ai_languageModel: [[{ node: 'AI Agent', type: 'ai_languageModel', index: 0 }]],
			},
		},
	});
	return async (text) => {
		const answer = await fetch(`${fixture.n8n.url}/webhook/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ text, session: sessionKey() }),
		});
		return await answer.json();
	};
}

describe('Agent Reply with a Memory of n8n in a real n8n', () => {
	it("remembers by n8n's Simple Memory, which is connected without an expression", async () => {
		const memory = subNode('memoryBufferWindow', 1.4, 'Simple Memory');
		const { id } = await fixture.startWorkflow(conversationWith(memory));
		await answerTo('Hi, my name is Maria');
		expect(await answerTo('What is my name?')).toBe('Your name is Maria.');
		const [execution] = await fixture.client.endedExecutions(id, 2);
		expect(repliedIn(execution)).toMatchObject({
			history: { includedMessages: 2, omittedMessages: 0, droppedFromStore: null },
			reply: { warnings: [] },
		});
		await fixture.client.deactivate(id);
	});

	it('keeps a turn in Redis once, though its text came five times more', async () => {
		const { id } = await fixture.startWorkflow(conversationWith(await redisMemory()));
		await answerTo('Hi, my name is Maria');
		const [text] = fixture.twilio.messages().filter(({ from }) => from === contact);
		await fixture.twilio.redeliver(text?.sid ?? '', 5, { parallel: true });
		expect(await answerTo('What is my name?')).toBe('Your name is Maria.');
		const [execution] = await fixture.client.endedExecutions(id, 2);
		expect(repliedIn(execution)).toMatchObject({ reply: { warnings: [] } });
		expect(await remembered()).toEqual([
			['human', 'Hi, my name is Maria'],
			['ai', 'Nice to meet you, Maria. How can I help?'],
			['human', 'What is my name?'],
			['ai', 'Your name is Maria.'],
		]);
		await fixture.client.deactivate(id);
	});

	it("shares a conversation with n8n's AI Agent, in both directions", async () => {
		const { id } = await fixture.startWorkflow(conversationWith(await redisMemory()));
		const parameters = { sessionIdType: 'customKey', sessionKey: '={{ $json.body.session }}' };
		const askAgent = await startAgentOn(await redisMemory(REDIS, { parameters }));
		await answerTo('Hi, my name is Maria');
		expect(JSON.stringify(await askAgent('What is my name?'))).toContain('Maria');
		await askAgent('Sorry, my name is Ann');
		expect(await answerTo('What is my name?')).toBe('Your name is Ann.');
		await fixture.client.deactivate(id);
	});

	it('sends nothing on a memory that cannot be reached, and says so', async () => {
		const down = await redisMemory({ ...REDIS, port: 1 });
		const { id } = await fixture.startWorkflow(conversationWith(down));
		const body = 'Anybody there?';
		await fixture.twilio.textFromContact({
			from: contact,
			to: fixture.number.phoneNumber,
			body,
		});
		const [execution] = await fixture.client.endedExecutions(id, 1, 60_000);
		expect(execution?.status).toBe('error');
		expect(execution?.data.resultData.error?.message).toMatch(
			/^The connected memory could not be read: /,
		);
		expect(texts()).toEqual([]);
		await fixture.client.deactivate(id);
	});
});
