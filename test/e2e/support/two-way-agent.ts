import type { INodeParameters } from 'n8n-workflow';
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

/** The whole of a two-way AI agent: two nodes, no expression. */
export function twoWayAgent(world: World, parameters: INodeParameters = {}): WorkflowDefinition {
	return {
		name: 'Two-way AI agent',
		nodes: [triggerIn(world), agentReplyIn(world, parameters)],
		connections: inARow('Incoming SMS Trigger', 'Agent Reply'),
	};
}
