import type { INode, INodeParameters } from 'n8n-workflow';
import type { WorkflowDefinition } from './n8n-client';
import { inARow, nodeIn, type World } from './world';

export const PROMPT = 'You are Ava from Bright Dental. We are open Monday to Friday.';

/** A trigger with one agent. The world needs a Messaging Service. */
export function triggerIn(world: World, parameters: INodeParameters = {}) {
	return nodeIn(world, {
		type: 'incomingSmsTrigger',
		name: 'Incoming SMS Trigger',
		parameters: {
			agents: { agent: [{ name: 'Front Desk', smsPrompt: PROMPT }] },
			...parameters,
		},
		settings: { webhookId: crypto.randomUUID() },
	});
}

export function agentReplyIn(world: World, parameters: INodeParameters = {}) {
	return nodeIn(world, {
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
	world: Pick<World, 'addCredential'>,
	kind: 'postgres' | 'redis',
	settings: object,
): Promise<Kept> {
	const type = kind === 'redis' ? 'threadStoreRedisApi' : 'threadStorePostgresApi';
	const credential = await world.addCredential(type, settings);
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
	world: World,
	{ trigger, reply, kept }: TwoWayOptions = {},
): WorkflowDefinition {
	const nodes = [triggerIn(world, trigger), agentReplyIn(world, reply)];
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
	/** Default: in the workflow. */
	kept?: Kept;
}
