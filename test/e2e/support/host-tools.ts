import { expect } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { Responder } from '../../../emulator/model/completion';
import { keeping, type Kept } from '../../../harness/two-way-agent';
import { inARow, nodeIn } from '../../../harness/workflow-nodes';
import { actingAgent, oneTurn } from './acting-agent';
import type { E2eFixture } from './e2e-fixture';

/** What the tools are asked. */
const ASKED = '{"input":"a cleaning"}';

/** Calls each tool on offer once, one after the other, then answers. */
export const callsEach: Responder = ({ messages, tools }) => {
	const answers = messages.filter(({ role }) => role === 'tool').map(({ text }) => text);
	const name = tools[answers.length];
	if (name === undefined) {
		const actions = answers.map((answer) => (JSON.parse(answer) as { action: string }).action);
		return { kind: 'reply', reply: 'Here you are.', reason: null, actions };
	}
	const call = { id: `call_${answers.length}`, name, arguments: ASKED };
	return { content: null, refusal: null, toolCalls: [call], finishReason: 'tool_calls' };
};

function tool(name: string, type: string, typeVersion: number, parameters: object): INode {
	return {
		...{ id: name, name, type, typeVersion, position: [260, 220] },
		parameters: parameters as INodeParameters,
	};
}

/** A node of n8n's package for AI. */
export function langchainTool(
	name: string,
	type: string,
	typeVersion: number,
	parameters: object,
): INode {
	return tool(name, `@n8n/n8n-nodes-langchain.${type}`, typeVersion, parameters);
}

/** Starts an MCP server with one tool, and gives the node that offers a model what that server has. */
async function mcpClient(fixture: E2eFixture): Promise<INode> {
	const path = `tools-${crypto.randomUUID()}`;
	const server = langchainTool('MCP', 'mcpTrigger', 2, { authentication: 'none', path });
	const hours = langchainTool('Opening Hours', 'toolCode', 1.3, {
		...{ description: 'When we are open', jsCode: "return 'from 9 to 5';" },
	});
	await fixture.startWorkflow({
		name: 'An MCP server',
		nodes: [{ ...server, webhookId: crypto.randomUUID() }, hours],
		connections: {
			'Opening Hours': { ai_tool: [[{ node: 'MCP', type: 'ai_tool', index: 0 }]] },
		},
	});
	return langchainTool('Remote', 'mcpClientTool', 1.2, {
		...{ endpointUrl: `${fixture.n8n.url}/mcp/${path}`, authentication: 'none' },
		...{ serverTransport: 'httpStreamable', include: 'all', options: {} },
	});
}

/** A workflow, as a tool, in which a Code node tells a price. */
function priceList(): INode {
	const inner = {
		nodes: [
			tool('Start', 'n8n-nodes-base.executeWorkflowTrigger', 1.1, {
				inputSource: 'passthrough',
			}),
			tool('Price', 'n8n-nodes-base.code', 2, {
				jsCode: "return [{ json: { price: '45 dollars' } }];",
			}),
		],
		connections: inARow('Start', 'Price'),
	};
	return langchainTool('Price List', 'toolWorkflow', 2.2, {
		...{ description: 'What it costs', source: 'parameter' },
		workflowJson: JSON.stringify(inner),
	});
}

/** Our SMS Agent, which tells of the contact of the run. */
function contactOf(fixture: E2eFixture): INode {
	const parameters = { resource: 'contact', operation: 'get' };
	return nodeIn(fixture, { type: 'smsAgentTool', name: 'Contact', parameters });
}

/** Our Send SMS, which texts whoever texted, in words that the model chooses. */
function textThem(fixture: E2eFixture): INode {
	const body = "={{ $fromAI('input', 'What to say', 'string') }}";
	const parameters = { mode: 'raw', body };
	return nodeIn(fixture, { type: 'sendSmsTool', name: 'Text Them', parameters });
}

export const NAMED = 'Code, Call Workflow, a kit of an MCP server, SMS Agent, Send SMS';

/** Has each of them called once in a turn of one contact's, in whatever way n8n runs. */
export async function expectAllToWork(
	fixture: E2eFixture,
	{ from, kept }: { from: string; kept?: Kept },
): Promise<void> {
	const tools = [
		langchainTool('Shout', 'toolCode', 1.3, {
			...{ description: 'Shouts', jsCode: 'return query.toUpperCase();' },
		}),
		priceList(),
		await mcpClient(fixture),
		...[contactOf(fixture), textThem(fixture)].map((one) => (kept ? keeping(one, kept) : one)),
	];
	fixture.model.respond = callsEach;
	const agent = actingAgent(fixture, tools, kept ? { kept } : {});
	const { item, texts, error } = await oneTurn(fixture, agent, {
		from,
		body: 'What can you do?',
	});
	expect(error).toBeUndefined();
	expect(item).toMatchObject({ outcome: 'replied' });
	expect(resultsIn(item)).toEqual([
		expect.stringMatching(/^Contact done: .*\+1415555?/),
		expect.stringMatching(/^Price_List done: .*45 dollars/s),
		expect.stringMatching(/^Remote_Opening_Hours done: .*from 9 to 5/),
		'Shout done: A CLEANING',
		expect.stringMatching(/^Text_Them done: .*a cleaning/),
	]);
	expect(texts).toEqual(['a cleaning', 'Here you are.']);
}

/** A line for each action of the turn, in the order of the alphabet. */
export function resultsIn(item: Record<string, unknown> | undefined): string[] {
	const actions = (item?.['actions'] ?? []) as Array<Record<string, string>>;
	return actions.map(({ tool, outcome, result }) => `${tool} ${outcome}: ${result}`).sort();
}
