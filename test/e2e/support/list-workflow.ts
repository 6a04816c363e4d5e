import type { WorkflowDefinition } from '../../../harness/n8n-client';
import { keeping, type Kept } from '../../../harness/two-way-agent';
import { inARow, nodeIn, type WithCredentials } from '../../../harness/workflow-nodes';
import { splitOutNode, webhookNode } from './webhook-node';

export interface Row {
	phone: string;
	words: string;
}

/** A webhook that is handed rows, and texts each of them: `POST /webhook/<path>` with `{ "rows": [...] }`. */
export function listWorkflow(
	account: WithCredentials,
	path: string,
	{ kept, from, options = {} }: { kept: Kept; from: string; options?: object },
): WorkflowDefinition {
	const sendSms = nodeIn(account, {
		type: 'sendSms',
		name: 'Send SMS',
		parameters: {
			to: '={{ $json.phone }}',
			body: '={{ $json.words }}',
			from,
			options: { ...options },
		},
	});
	return {
		name: path,
		nodes: [
			webhookNode('Rows', path, { httpMethod: 'POST' }),
			splitOutNode('Each', 'body.rows'),
			keeping(sendSms, kept),
		],
		connections: inARow('Rows', 'Each', 'Send SMS'),
		settings: { executionOrder: 'v1' },
	};
}

export function rowsOf(count: number, words = 'Are you still looking?'): Row[] {
	return Array.from({ length: count }, (_, nth) => ({
		phone: `+1415556${String(nth).padStart(4, '0')}`,
		words,
	}));
}

/** Hands the rows to a workflow, which answers at once and sends afterwards. */
export async function handIn(n8nUrl: string, path: string, rows: readonly Row[]): Promise<void> {
	const response = await fetch(`${n8nUrl}/webhook/${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ rows }),
	});
	if (!response.ok) throw new Error(`n8n answered ${response.status}: ${await response.text()}`);
}
