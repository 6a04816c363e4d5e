import type { INode, INodeParameters } from 'n8n-workflow';
import type { WorkflowDefinition } from './n8n-client';
import { inARow, nodeIn, type StoredCredential, type WithCredentials } from './workflow-nodes';

export const PROMPT = 'You are Ava from Bright Dental. We are open Monday to Friday.';

/** A trigger with one agent. The Twilio credential has to name a Messaging Service. */
export function triggerIn(account: WithCredentials, parameters: INodeParameters = {}) {
	return nodeIn(account, {
		type: 'incomingSmsTrigger',
		name: 'Incoming SMS Trigger',
		parameters: {
			agents: { agent: [{ name: 'Front Desk', smsPrompt: PROMPT }] },
			...parameters,
		},
		settings: { webhookId: crypto.randomUUID() },
	});
}

export function agentReplyIn(account: WithCredentials, parameters: INodeParameters = {}) {
	return nodeIn(account, {
		type: 'agentReply',
		name: 'Agent Reply',
		parameters: {
			model: { __rl: true, mode: 'id', value: 'emulated-small' },
			...parameters,
		},
		credentials: ['twilioMessagingApi', 'openAiCompatibleApi'],
		settings: { position: [260, 0] },
	});
}

/** Where a workflow keeps its threads: what its nodes say about it. */
export interface Kept {
	parameters: INodeParameters;
	credentials?: INode['credentials'];
}

/** In a store that needs a credential, with one made for it. */
export async function keptInServer(
	n8n: { addCredential(type: string, data: object): Promise<StoredCredential> },
	kind: 'postgres' | 'redis',
	settings: object,
): Promise<Kept> {
	const type = kind === 'redis' ? 'threadStoreRedisApi' : 'threadStorePostgresApi';
	const credential = await n8n.addCredential(type, settings);
	return { parameters: { threadStore: kind }, credentials: { [type]: credential } };
}

/** The same node, with its threads there. */
export function keeping(node: INode, { parameters, credentials }: Kept): INode {
	return {
		...node,
		parameters: { ...node.parameters, ...parameters },
		credentials: { ...node.credentials, ...credentials },
	};
}

/** The whole of a two-way AI agent: two nodes, no expression. */
export function twoWayAgent(
	account: WithCredentials,
	{ trigger, reply, kept }: TwoWayOptions = {},
): WorkflowDefinition {
	const nodes = [triggerIn(account, trigger), agentReplyIn(account, reply)];
	return {
		name: 'Two-way AI agent',
		nodes: kept ? nodes.map((node) => keeping(node, kept)) : nodes,
		connections: inARow('Incoming SMS Trigger', 'Agent Reply'),
	};
}

export interface TwoWayOptions {
	/** Parameters of the nodes. */
	trigger?: INodeParameters;
	reply?: INodeParameters;
	/** Default: what Automatic comes to, a file in the folder of n8n. */
	kept?: Kept;
}
