import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { operationField, personField, shownFor, simplifyField } from './common-fields';

const RESOURCE = 'agent';

const OPERATIONS: INodePropertyOptions[] = [
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
		description: 'No agent of the brand writes any more, at once. People may still text.',
	},
	{
		name: 'Resume All',
		value: 'resumeAll',
		action: 'Resume all agents',
		description: 'Let the agents write again',
	},
];

export const agentProperties: INodeProperties[] = [
	operationField(RESOURCE, OPERATIONS, { usual: 'getAll' }),
	{
		displayName: 'Brand',
		name: 'brand',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['pauseAll', 'resumeAll']),
		default: '',
		placeholder: 'e.g. Bright Dental',
		description:
			'As named with the agent in the Incoming SMS Trigger. When empty: the agents without a brand.',
	},
	personField('Paused By', RESOURCE, ['pauseAll']),
	simplifyField(RESOURCE, ['getAll']),
];
