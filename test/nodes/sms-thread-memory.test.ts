import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type {
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeParameters,
	INodeType,
	NodeOperationError,
} from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { SmsThreadMemory } from '../../nodes/SmsThreadMemory/SmsThreadMemory.node';
import type { threadMemory } from '../../nodes/SmsThreadMemory/thread-memory';
import type { IncomingText } from '../../nodes/shared/n8n/items/incoming-text';
import { triggerStoreFields } from '../../nodes/shared/n8n/stores/thread-store-fields';
import type { Message } from '../../nodes/shared/messaging/message';
import { storedMessage } from '../support/stored-message';
import { asTool } from './support/as-tool';
import { nodeOfN8n } from './support/behind-trigger';
import { runWorkflow } from './support/run-node';
import { CONTACT, openSendSmsBench, type SendSmsBench } from './support/send-sms-bench';
import { openThreadFile, type ThreadFile } from './support/thread-file';

const OTHER = '+14155559999';
const NAME = 'SMS Thread Memory';
/** As n8n has it, of its own. */
const { AIMessage, BaseMessage, HumanMessage, trimMessages } = createRequire(
	require.resolve('n8n-core'),
)('@langchain/core/messages') as LangChainMessages;

interface LangChainMessages {
	BaseMessage: { isInstance(value: unknown): boolean };
	AIMessage: new () => object;
	HumanMessage: new () => object;
	trimMessages(messages: unknown[], options: object): Promise<Array<{ content: string }>>;
}

type Memory = ReturnType<typeof threadMemory>;

let bench: SendSmsBench;
let file: ThreadFile;
const threadOf = (number: string) => `${bench.accountSid}:front-desk:${number}`;

beforeAll(async () => {
	bench = await openSendSmsBench();
});
afterAll(async () => await bench.close());
beforeEach(async () => {
	bench.reset();
	file = await openThreadFile();
});
afterEach(async () => await file.remove());

const said = (body: string, change: Partial<Message> = {}) =>
	storedMessage(body, { direction: 'outbound', author: 'agent', ...change });

/** Puts messages into a contact's thread, and after them the text that begins the run, as a trigger does. */
async function texted(
	body: string,
	earlier: Message[] = [],
	contact = CONTACT,
): Promise<IDataObject> {
	const item = bench.incoming({ body, contact });
	const { messages } = item as unknown as IncomingText;
	await file.store.threads.append(threadOf(contact), [...earlier, ...messages], 1);
	return item;
}

const inThread = async () => (await file.store.threads.read(threadOf(CONTACT), 50)).messages;

type Run = (this: IExecuteFunctions, response?: EngineResponse) => Promise<unknown>;

function standIn(name: string, inputs: string[], execute: Run): INodeType {
	const { description: plain } = nodeOfN8n(name);
	const description = {
		...plain,
		inputs: inputs.map((type) => ({ type, maxConnections: 1 })) as never,
		properties: triggerStoreFields,
	};
	return { description, execute: execute as never };
}

const trigger = standIn('incomingSmsTrigger', [], async function () {
	return [this.getInputData()];
});

const memoryOf = async (context: IExecuteFunctions) =>
	(await context.getInputConnectionData('ai_memory', 0)) as Memory;

/** n8n's agent, as far as it has to do with its memory: asks once, for item 0. */
const agent = (work: (memory: Memory) => Promise<unknown> = async () => {}) =>
	standIn('agent', ['main', 'ai_memory'], async function () {
		const memory = await memoryOf(this);
		const { chat_history: history } = await memory.loadMemoryVariables();
		await work(memory);
		return [[{ json: { history: history.map((one) => [one.type, one.content]) } }]];
	});

function nodeAt(name: string, type: string, more: Partial<INode> = {}): INode {
	return { id: name, name, type, typeVersion: 2, position: [0, 0], parameters: {}, ...more };
}

interface Setup {
	parameters?: INodeParameters;
	agent?: INodeType;
	agentType?: string;
	/** Default: a trigger of ours. */
	startType?: string;
	tool?: INodeType;
}

/** A trigger, an agent and the memory below it, all with their fields as they come. */
async function run(items: IDataObject[], setup: Setup = {}) {
	const { parameters = {}, agentType = 'test.agent', tool } = setup;
	const startType = setup.startType ?? 'n8n-nodes-sms-agent.incomingSmsTrigger';
	const done = await runWorkflow({
		nodes: [
			nodeAt('Start', startType, {
				parameters: { threadStore: 'embedded', threadStoreFile: file.path },
			}),
			nodeAt('AI Agent', agentType),
			nodeAt(NAME, 'n8n-nodes-sms-agent.smsThreadMemory', { parameters }),
			...(tool
				? [
						nodeAt('Send SMS', 'n8n-nodes-sms-agent.sendSmsTool', {
							credentials: { twilioMessagingApi: { id: '1', name: 'Twilio' } },
						}),
					]
				: []),
		],
		types: {
			[startType]: trigger,
			[agentType]: setup.agent ?? agent(),
			'n8n-nodes-sms-agent.smsThreadMemory': new SmsThreadMemory(),
			...(tool ? { 'n8n-nodes-sms-agent.sendSmsTool': tool } : {}),
		},
		connections: {
			Start: { main: [[{ node: 'AI Agent', type: 'main', index: 0 }]] },
			[NAME]: { ai_memory: [[{ node: 'AI Agent', type: 'ai_memory', index: 0 }]] },
			'Send SMS': { ai_tool: [[{ node: 'AI Agent', type: 'ai_tool', index: 0 }]] },
		},
		start: 'Start',
		items,
		credentials: bench.credentials,
		credentialTypes: [new TwilioMessagingApi(), new OpenAiCompatibleApi()],
	});
	return {
		...done,
		history: done.itemsOf('AI Agent')[0]?.json['history'] as string[][] | undefined,
		failure: done.error as NodeOperationError | undefined,
	};
}

const timeless = (history: string[][] | undefined) =>
	history?.map(([type, content]) => [type, content?.replace(/\[20[^\]]*\] /g, '')]);

describe('SMS Thread Memory', () => {
	const earlier = () => [
		storedMessage('Hi, I am Maria'),
		said('Hello Maria!'),
		said('Ann will call you', { author: 'operator', person: 'Ann' }),
	];

	it('shows the thread of the text that began the run, without that text', async () => {
		const { history, error } = await run([await texted('What is my name?', earlier())]);
		expect(error).toBeUndefined();
		expect(timeless(history)).toEqual([
			['human', 'Hi, I am Maria'],
			['ai', 'Hello Maria!\n[person] Ann will call you'],
		]);
	});

	it("keeps to the limits, and tells the editor's log what was read", async () => {
		const parameters = { options: { historyMessages: 2 } };
		const more = [storedMessage('Open today?'), said('Until 5.')];
		const item = await texted('Thanks', [...earlier(), ...more]);
		const { history, tasksOf } = await run([item], { parameters });
		expect(timeless(history)).toEqual([
			['human', 'Open today?'],
			['ai', 'Until 5.'],
		]);
		expect(tasksOf(NAME).map(({ data }) => data?.['ai_memory']?.[0]?.[0]?.json)).toEqual([
			expect.objectContaining({
				threadId: threadOf(CONTACT),
				includedMessages: 2,
				omittedMessages: 3,
			}),
		]);
	});

	it('shows the whole thread behind a missed call, for which nothing was written', async () => {
		await texted('Call me', earlier());
		const { threadId, contact, agent: known, sender } = bench.incoming();
		const call = {
			event: 'missedCall',
			threadId,
			contact,
			agent: known,
			sender,
			called: sender,
		};
		const startType = 'n8n-nodes-sms-agent.missedCallTrigger';
		const { history } = await run([call], { startType });
		expect(timeless(history)?.at(-1)).toEqual(['human', 'Call me']);
	});

	it('refuses a run of two contacts, and takes several items of one', async () => {
		const [one, another] = [await texted('Hi'), await texted('Secret', [], OTHER)];
		const { failure, history, tasksOf } = await run([one, another]);
		expect(history).toBeUndefined();
		expect(failure?.node.name).toBe(NAME);
		expect(failure?.message).toMatch(/^Input: the items of this run are of 2 conversations/);
		expect(failure?.description).toContain('each run be about one contact');
		expect(tasksOf(NAME)[0]?.error?.message).toBe(failure?.message);
		expect((await run([one, await texted('Still there?')])).history).toEqual([]);
	});

	it('shows the same after a tool has texted, for as long as the agent runs', async () => {
		const seen: unknown[] = [];
		const withTool = standIn('agent', ['main', 'ai_memory', 'ai_tool'], async function (made) {
			const memory = await memoryOf(this);
			seen.push((await memory.loadMemoryVariables()).chat_history.map((one) => one.content));
			if (made?.actionResponses.length) return [[{ json: {} }]];
			const action = {
				actionType: 'ExecutionNodeAction' as const,
				nodeName: 'Send SMS',
				input: { Message: 'One moment' },
				type: 'ai_tool' as const,
				id: 'call_0',
				metadata: { itemIndex: 0 },
			};
			return { actions: [action], metadata: {} };
		});
		const item = await texted('Are you open?', earlier());
		const { error } = await run([item], { agent: withTool, tool: asTool(new SendSms()) });
		expect(error).toBeUndefined();
		expect(bench.texts()).toEqual(['One moment']);
		expect((await inThread()).at(-1)).toMatchObject({ body: 'One moment' });
		expect(seen).toHaveLength(2);
		expect(seen[1]).toEqual(seen[0]);
	});

	it('writes nothing of what an agent saves', async () => {
		const item = await texted('Hi', earlier());
		const before = await inThread();
		const saving = agent(async ({ saveContext, chatHistory }) => {
			await saveContext();
			await chatHistory.addMessages();
		});
		const { error } = await run([item], { agent: saving });
		expect(error).toBeUndefined();
		expect(await inThread()).toEqual(before);
	});

	it.each(['clear', 'addMessage', 'addUserMessage', 'addAIMessage'] as const)(
		'refuses %s, and leaves the thread as it was',
		async (name) => {
			const item = await texted('Hi', earlier());
			const before = await inThread();
			const changing = agent(async ({ chatHistory }) => await chatHistory[name]());
			const { failure } = await run([item], { agent: changing });
			expect(failure?.message).toMatch(/^Memory: .* it is as it was$/);
			expect(failure?.description).toContain('SMS Agent');
			expect(await inThread()).toEqual(before);
		},
	);

	it('is told the thread where no trigger is, and by every item the same one', async () => {
		await texted('Hi', earlier());
		await texted('Secret', [], OTHER);
		const parameters = {
			threadStore: 'embedded',
			threadStoreFile: file.path,
			threadId: '={{ $json.threadId }}',
		};
		const setup = { startType: 'test.start', parameters };
		const [one, other] = [CONTACT, OTHER].map((number) => ({ threadId: threadOf(number) }));
		const { history } = await run([one ?? {}], setup);
		expect(timeless(history)?.at(-1)).toEqual(['human', 'Hi']);
		const several = await run([one ?? {}, other ?? {}], setup);
		expect(several.failure?.message).toMatch(/^Thread ID: .* of 2 conversations/);
		const wrong = await run([{ threadId: 'front-desk' }], setup);
		expect(wrong.failure?.message).toBe('Thread ID: "front-desk" is not the ID of a thread');
		const none = await run([{}], setup);
		expect(none.failure?.message).toMatch(/^Thread ID: it is empty, and neither/);
	});

	it('refuses a thread of another Twilio account than the texts of the run', async () => {
		const threadId = `AC${'0'.repeat(32)}:front-desk:${CONTACT}`;
		const { failure } = await run([await texted('Hi')], { parameters: { threadId } });
		expect(failure?.message).toContain('another Twilio account');
	});

	it('refuses to serve Agent Reply, which reads the thread itself', async () => {
		const agentType = 'n8n-nodes-sms-agent.agentReply';
		const { failure } = await run([await texted('Hi')], { agentType });
		expect(failure?.message).toContain('Agent Reply remembers the conversation');
	});

	it('refuses conversations in the workflow where workers run it', async () => {
		process.env['EXECUTIONS_MODE'] = 'queue';
		try {
			const { failure } = await run([await texted('Hi')]);
			expect(failure?.node.name).toBe(NAME);
			expect(failure?.message).toMatch(/^Keep Conversations In: .*queue mode/);
		} finally {
			delete process.env['EXECUTIONS_MODE'];
		}
	});

	it("gives messages that n8n's LangChain takes for its own", async () => {
		const seen: object[] = [];
		const item = await texted('Thanks', earlier());
		const { error } = await run([item], {
			agent: agent(async ({ chatHistory }) => {
				seen.push(...(await chatHistory.getMessages()));
			}),
		});
		expect(error).toBeUndefined();
		expect(seen.map((message) => BaseMessage.isInstance(message))).toEqual([true, true]);
		expect(seen[0]).toBeInstanceOf(HumanMessage);
		expect(seen[1]).toBeInstanceOf(AIMessage);
		const kept = await trimMessages(seen, {
			strategy: 'last',
			maxTokens: 2,
			tokenCounter: (messages: unknown[]) => messages.length,
			startOn: 'human',
		});
		expect(kept).toHaveLength(2);
		expect(JSON.parse(JSON.stringify(seen))).toEqual([
			expect.objectContaining({ id: ['langchain_core', 'messages', 'HumanMessage'] }),
			expect.objectContaining({ id: ['langchain_core', 'messages', 'AIMessage'] }),
		]);
	});
});
