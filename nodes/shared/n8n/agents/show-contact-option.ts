import type { INodeProperties } from 'n8n-workflow';

/** The same in every node. */
export const showContactOption: INodeProperties = {
	displayName: 'Show Contact in Executions',
	name: 'showContact',
	type: 'boolean',
	default: true,
	description:
		"Whether the contact's number stands in the highlighted data of the execution, beside agent and outcome. n8n shows that data, and filters by it, once it is registered. Off in a trigger counts for all nodes after it.",
};
