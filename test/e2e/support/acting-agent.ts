import type { INode, INodeConnections, INodeParameters } from 'n8n-workflow';
import { itemsOf, type N8nClient, type WorkflowDefinition } from '../../../harness/n8n-client';
import { poll } from '../../../harness/poll';
import { agentReplyIn, keeping, triggerIn, type Kept } from '../../../harness/two-way-agent';
import {
	inARow,
	type StoredCredential,
	type WithCredentials,
} from '../../../harness/workflow-nodes';
import type { E2eFixture } from './e2e-fixture';

interface ActingOptions {
	/** Of Agent Reply. */
	parameters?: INodeParameters;
	/** Connected below Agent Reply. */
	chatModel?: INode;
	/** Default: what Automatic comes to. */
	kept?: Kept;
}

/** An agent with tools. */
export function actingAgent(
	account: WithCredentials,
	tools: INode[],
	{ parameters, chatModel, kept }: ActingOptions = {},
): WorkflowDefinition {
	const own = [triggerIn(account), agentReplyIn(account, parameters)];
	const below = (
		node: INode,
		type: 'ai_tool' | 'ai_languageModel',
	): [string, INodeConnections] => [
		node.name,
		{ [type]: [[{ node: 'Agent Reply', type, index: 0 }]] },
	];
	return {
		name: 'An agent that acts',
		nodes: [
			...(kept ? own.map((node) => keeping(node, kept)) : own),
			...tools,
			...(chatModel ? [chatModel] : []),
		],
		connections: {
			...inARow('Incoming SMS Trigger', 'Agent Reply'),
			...Object.fromEntries([
				...tools.map((tool) => below(tool, 'ai_tool')),
				...(chatModel ? [below(chatModel, 'ai_languageModel')] : []),
			]),
		},
	};
}

/** n8n's own node, which asks the model emulator. */
export function openAiChatModel(openAi: StoredCredential): INode {
	return {
		id: 'model',
		name: 'OpenAI Chat Model',
		type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
		typeVersion: 1.2,
		position: [120, 220],
		parameters: { model: { __rl: true, mode: 'id', value: 'emulated-small' } },
		credentials: { openAiApi: openAi },
	};
}

/** One text to an agent, and what became of it; the agent is taken out of service afterwards. */
export async function oneTurn(
	fixture: E2eFixture,
	definition: WorkflowDefinition,
	text: { from: string; body: string },
) {
	const { client, twilio } = fixture;
	const workflow = await fixture.startWorkflow(definition);
	try {
		await twilio.textFromContact({ ...text, to: fixture.number.phoneNumber });
		// A workflow that a tool calls has an execution of its own, under the same workflow.
		const execution = await poll('the end of the run', async () => {
			const ended = await client.endedExecutions(workflow.id, 1);
			return ended.find(({ data }) => data.resultData.runData['Agent Reply']);
		});
		const [item] = [0, 1, 2].flatMap((output) => itemsOf(execution, 'Agent Reply', output));
		const { error } = execution.data.resultData as { error?: { message?: string } };
		const texts = twilio.messages({ to: text.from }).map(({ body }) => body);
		return { from: text.from, item: item?.json, texts, error };
	} finally {
		await client.deactivate(workflow.id);
	}
}

/** The contacts whose turns were handed over, each with the reasons, by code. */
export async function handOversIn(
	client: N8nClient,
	workflowId: string,
): Promise<Map<string, string[]>> {
	const codes = new Map<string, string[]>();
	for await (const execution of client.everyExecution(workflowId, true)) {
		for (const { json } of itemsOf(execution, 'Agent Reply', 1)) {
			const contact = json['contact'] as string;
			codes.set(contact, [...(codes.get(contact) ?? []), json['reasonCode'] as string]);
		}
	}
	return codes;
}
