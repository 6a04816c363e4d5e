import type { INodeProperties } from 'n8n-workflow';
import { limitFields, shownFor, simplifyField } from './common-fields';

const RESOURCE = 'message';

export const messageProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [RESOURCE] } },
		default: 'get',
		options: [
			{
				name: 'Get',
				value: 'get',
				action: 'Get a message',
				description: 'What became of one text: delivered or not, why, parts and price',
			},
			{
				name: 'Get Many',
				value: 'getAll',
				action: 'Get many messages',
				description: 'List texts as Twilio knows them, the newest first',
			},
		],
	},
	{
		displayName: 'Message SID',
		name: 'messageSid',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['get']),
		default: '',
		required: true,
		placeholder: 'e.g. SM0123456789abcdef0123456789abcdef',
		description: 'The messageSid of an item of Send SMS or of a trigger',
	},
	simplifyField(RESOURCE, ['get']),
	{
		displayName: 'With Contact',
		name: 'with',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['getAll'], { '@tool': [false] }),
		default: '',
		placeholder: 'e.g. +14155550123',
		description: 'Only texts with this number. When empty: all texts of the Twilio account.',
	},
	...limitFields(RESOURCE, ['getAll']),
];
