import type { INodeProperties } from 'n8n-workflow';

/** Where the model's knowledge of the conversation comes from, for a node that answers. */
export const memorySourceField: INodeProperties = {
	displayName: 'Conversation History From',
	name: 'historySource',
	type: 'options',
	noDataExpression: true,
	default: 'thread',
	description:
		'What AI is shown of the conversation so far. The thread is kept in any case: it decides what may be answered, and once.',
	options: [
		{
			name: "This Agent's Thread",
			value: 'thread',
			description: 'All texts of this agent and this contact, whoever of you sent them',
		},
		{
			name: 'Connected Memory',
			value: 'memory',
			description:
				'A Memory node of n8n, connected below this node. After a reply was sent, the words of both sides are added to it, once. Texts from other nodes are not, and nothing is where this node only writes.',
		},
	],
};

/** Says when the node has an input for a Memory: a JavaScript expression over `$parameter`. */
export const WITH_MEMORY = '$parameter["historySource"] === "memory"';
