import type { WorkflowDefinition } from './n8n-client';
import { keeping, type Kept } from './two-way-agent';
import { webhookNode } from './webhook-node';
import { inARow, nodeIn, type World } from './world';

export interface Opener {
	/** Of n8n's own webhook; a GET sends the text. */
	path: string;
	to: string;
	body: string;
	kept: Kept;
}

/** A workflow that texts first, in the thread of the agent "Front Desk". */
export function openerWorkflow(world: World, { path, to, body, kept }: Opener): WorkflowDefinition {
	const opener = nodeIn(world, {
		type: 'sendSms',
		name: 'Send SMS',
		parameters: { mode: 'raw', to, body, agentId: 'Front Desk' },
	});
	return {
		name: 'Opener',
		nodes: [webhookNode('Lead', path), keeping(opener, kept)],
		connections: inARow('Lead', 'Send SMS'),
	};
}
