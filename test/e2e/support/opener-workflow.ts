import type { WorkflowDefinition } from '../../../harness/n8n-client';
import { keeping, type Kept } from '../../../harness/two-way-agent';
import { webhookNode } from './webhook-node';
import { inARow, nodeIn } from '../../../harness/workflow-nodes';
import type { E2eFixture } from './e2e-fixture';

export interface Opener {
	/** Of n8n's own webhook; a GET sends the text. */
	path: string;
	to: string;
	body: string;
	kept: Kept;
}

/** A workflow that texts first, in the thread of the agent "Front Desk". */
export function openerWorkflow(
	fixture: E2eFixture,
	{ path, to, body, kept }: Opener,
): WorkflowDefinition {
	const opener = nodeIn(fixture, {
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
