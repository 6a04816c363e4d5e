import type { INodeProperties } from 'n8n-workflow';
import { shownFor, simplifyField } from './common-fields';

const RESOURCE = 'agent';

export const agentProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [RESOURCE] } },
		default: 'getAll',
		options: [
			{
				name: 'Get Many',
				value: 'getAll',
				action: 'Get many agents',
				description: 'List the agents of the triggers that were published',
			},
			{
				name: 'Pause All',
				value: 'pauseAll',
				action: 'Pause all agents',
				description:
					'No agent of the brand writes any more, at once. People may still text.',
			},
			{
				name: 'Resume All',
				value: 'resumeAll',
				action: 'Resume all agents',
				description: 'Let the agents write again',
			},
		],
	},
	{
		displayName: 'Brand',
		name: 'brand',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['pauseAll', 'resumeAll']),
		default: '',
		placeholder: 'Empty: the agents without a brand',
		description: 'As named with the agent in the Incoming SMS Trigger',
	},
	{
		displayName: 'By',
		name: 'by',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['pauseAll']),
		default: '',
		placeholder: 'e.g. Ana',
		description: 'Who it is, for the people who read it',
	},
	simplifyField(RESOURCE, ['getAll']),
];
