import type { INode, INodeConnections, INodeParameters } from 'n8n-workflow';
import { itemsOf, type N8nClient, type WorkflowDefinition } from '../../../harness/n8n-client';
import { agentReplyIn, keeping, triggerIn, type Kept } from '../../../harness/two-way-agent';
import {
	inARow,
	type StoredCredential,
	type WithCredentials,
} from '../../../harness/workflow-nodes';

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
