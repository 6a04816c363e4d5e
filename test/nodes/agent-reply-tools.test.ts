import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
	NodeConnectionTypes,
	type IDataObject,
	type INodeParameters,
	type INodeType,
	type INodeTypeDescription,
	type SupplyData,
} from 'n8n-workflow';
import { z } from 'zod';
import { z as z4 } from 'zod/v4';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import type { ChatModel } from '../../nodes/shared/composing/models/chat-model-composer';
import { nodeOf, runWorkflow } from './support/run-node';
import { openSendSmsBench, type SendSmsBench } from './support/send-sms-bench';
import { openThreadFile, type ThreadFile } from './support/thread-file';

let bench: SendSmsBench;
let file: ThreadFile;
let workflows = 0;

beforeAll(async () => {
	bench = await openSendSmsBench();
	file = await openThreadFile();
});
beforeEach(() => {
	bench.reset();
	workflows++;
});
afterAll(async () => {
	await file.remove();
	await bench.close();
});

/** A sub-node that supplies a tool, or a toolkit. */
class ToolNode implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Test Tool',
		name: 'testTool',
		group: ['transform'],
		version: 1,
		description: 'Supplies a tool of a test',
		defaults: { name: 'Test Tool' },
		inputs: [],
		outputs: [NodeConnectionTypes.AiTool],
		properties: [],
	};

	supplyData: () => Promise<SupplyData>;

	constructor(response: unknown) {
		this.supplyData = async () => ({ response });
	}
}

const called: unknown[] = [];
const tool = (change: object = {}) => ({
	name: 'book_visit',
	description: 'Books a visit',
	schema: z.object({ at: z.string().describe('The time') }),
	invoke: async (input: unknown) => {
		called.push(input);
		return 'Booked';
	},
	...change,
});

interface Setup {
	items?: IDataObject[];
	parameters?: INodeParameters;
	chatModel?: ChatModel;
	inWorkflow?: boolean;
}

async function run(supplied: readonly unknown[], setup: Setup = {}) {
	const {
		items = [bench.incoming({ body: 'Book 3pm' })],
		parameters,
		chatModel,
		inWorkflow,
	} = setup;
	const node = new AgentReply();
	const reply = nodeOf({
		node,
		credentials: bench.credentials,
		parameters: {
			model: { __rl: true, mode: 'id', value: 'emulated-small' },
			...(inWorkflow
				? { threadStore: 'staticData' }
				: { threadStore: 'embedded', threadStoreFile: file.path }),
			...parameters,
		},
	});
	const types: Record<string, INodeType> = { [reply.type]: node };
	const subs = supplied.map((response, index) => {
		const sub = nodeOf({
			node: new ToolNode(response),
			name: `Tool ${index + 1}`,
			settings: { id: `tool-${index}`, type: `test.tool${index}` },
		});
		types[sub.type] = new ToolNode(response);
		return sub;
	});
	const to = { node: reply.name, type: 'ai_tool' as const, index: 0 };
	const done = await runWorkflow({
		nodes: [reply, ...subs],
		types,
		connections: Object.fromEntries(subs.map(({ name }) => [name, { ai_tool: [[to]] }])),
		start: reply.name,
		items,
		credentials: bench.credentials,
		credentialTypes: [new TwilioMessagingApi(), new OpenAiCompatibleApi()],
		workflowId: `tools-${workflows}`,
		...(chatModel ? { connected: { ai_languageModel: chatModel } } : {}),
	});
	const outputs = [0, 1, 2].flatMap((output) => done.itemsOf(reply.name, output));
	return {
		items: outputs.map(({ json }) => json),
		error: done.error as (Error & { description?: string }) | undefined,
	};
}

const offered = () =>
	(
		bench.model.requests.at(-1)?.raw as {
			tools?: Array<{ function: { name: string; parameters: object } }>;
		}
	).tools;

describe('the tools of Agent Reply', () => {
	beforeEach(() => {
		called.length = 0;
	});

	it.each([
		['Zod 3', z.object({ at: z.string().describe('The time') })],
		['Zod 4', z4.object({ at: z4.string().describe('The time') })],
		[
			'JSON Schema',
			{
				type: 'object',
				properties: { at: { type: 'string', description: 'The time' } },
				required: ['at'],
			},
		],
	])('are offered with their arguments, which their nodes describe in %s', async (_, schema) => {
		const { error } = await run([tool({ schema })]);
		expect(error).toBeUndefined();
		expect(offered()).toMatchObject([
			{
				function: {
					name: 'book_visit',
					parameters: {
						type: 'object',
						properties: { at: { type: 'string', description: 'The time' } },
						required: ['at'],
					},
				},
			},
		]);
	});

	it('may come in a kit, as those of an MCP server do', async () => {
		const tools = [tool(), tool({ name: 'free_times' })];
		await run([{ tools, getTools: () => tools }]);
		expect(offered()?.map(({ function: { name } }) => name)).toEqual([
			'book_visit',
			'free_times',
		]);
	});

	it.each([
		[
			'two of one name',
			[tool(), tool()],
			{},
			/two of them are called "book_visit".*Rename one/s,
		],
		[
			'one that asks a person first',
			[tool({ metadata: { gatedToolNodeName: 'Book Visit' } })],
			{},
			/"Tool 1" asks a person before "book_visit" runs.*Connect the tool itself/s,
		],
		[
			'texts of several contacts in one run',
			[tool()],
			{ items: ['+14155550123', '+14155550124'] },
			/more than one text.*Loop Over Items/s,
		],
		[
			'a place that a crash empties',
			[tool()],
			{ inWorkflow: true },
			/outlives a crash, and This Workflow does not.*File on the Server/s,
		],
		[
			'the name of no tool',
			[tool()],
			{ parameters: { options: { lookUpTools: 'Tool 1, Prices' } } },
			/Look-Up Tools.*no connected tool is called "Prices".*Connected: Tool 1/s,
		],
	])('are refused with %s, with the way out', async (_, tools, setup, words) => {
		const contacts = (setup as { items?: string[] }).items;
		const { error } = await run(tools, {
			...(setup as Setup),
			...(contacts
				? { items: contacts.map((contact) => bench.incoming({ body: 'Hi', contact })) }
				: {}),
		});
		expect(`${error?.message} ${error?.description}`).toMatch(words);
		expect(called).toEqual([]);
	});

	it('are refused with a connected Chat Model that cannot call any', async () => {
		const chatModel: ChatModel = { invoke: async () => ({ content: 'Hello' }) };
		const { error } = await run([tool()], {
			chatModel,
			parameters: { modelSource: 'chatModel' },
		});
		expect(`${error?.message} ${error?.description}`).toMatch(
			/cannot call tools.*take the tools away/s,
		);
	});
});
