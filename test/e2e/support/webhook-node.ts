import type { INode, INodeParameters } from 'n8n-workflow';

/** n8n's own webhook, which starts a workflow at `path`; it takes GET unless the parameters say otherwise. */
export function webhookNode(name: string, path: string, parameters: INodeParameters = {}): INode {
	return {
		id: `id-${name}`,
		name,
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2,
		position: [0, 0],
		webhookId: path,
		parameters: { path, ...parameters },
	};
}

/** n8n's own Split Out: an item for each entry of a list, such as one that a webhook was handed. */
export function splitOutNode(name: string, fieldToSplitOut: string): INode {
	return {
		id: `id-${name}`,
		name,
		type: 'n8n-nodes-base.splitOut',
		typeVersion: 1,
		position: [200, 0],
		parameters: { fieldToSplitOut },
	};
}
