import type { INode, INodeParameters } from 'n8n-workflow';
import type { WorkflowDefinition } from './n8n-client';

/** A credential that n8n has, as a node refers to it. */
export interface StoredCredential {
	id: string;
	name: string;
}

/** The two credentials that an agent needs, by type. */
export interface WithCredentials {
	readonly credentials: {
		readonly twilioMessagingApi: StoredCredential;
		readonly openAiCompatibleApi: StoredCredential;
	};
}

/** A node of this package as a workflow stores it, with those of the credentials that it can use. */
export function nodeIn(
	{ credentials }: WithCredentials,
	node: {
		/** `sendSms`, `incomingSmsTrigger` ... */
		type: string;
		name: string;
		parameters?: INodeParameters;
		typeVersion?: number;
		/** Types of the credentials it is given. */
		credentials?: Array<keyof WithCredentials['credentials']>;
		settings?: Partial<INode>;
	},
): INode {
	const given = (node.credentials ?? ['twilioMessagingApi']).map((type) => [
		type,
		credentials[type],
	]);
	return {
		id: `id-${node.name}`,
		name: node.name,
		type: `n8n-nodes-sms-agent.${node.type}`,
		typeVersion: node.typeVersion ?? 2,
		position: [0, 0],
		parameters: node.parameters ?? {},
		credentials: Object.fromEntries(given) as NonNullable<INode['credentials']>,
		...node.settings,
	};
}

/** Connections of nodes that follow one another by their first output. */
export function inARow(...names: string[]): WorkflowDefinition['connections'] {
	return Object.fromEntries(
		names.slice(0, -1).map((name, index) => {
			const next = names[index + 1] ?? '';
			return [name, { main: [[{ node: next, type: 'main' as const, index: 0 }]] }];
		}),
	);
}
