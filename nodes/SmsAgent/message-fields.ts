import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { defaultCountryOption } from '../shared/n8n/agents/default-country-option';
import { limitFields, operationField, shownFor, simplifyField, STEP } from './common-fields';

const RESOURCE = 'message';

const OPERATIONS: INodePropertyOptions[] = [
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
];

/** Of texts with the contact of its run. */
export const MESSAGE_FOR_MODELS = ['get', 'getAll'];

export const messageProperties: INodeProperties[] = [
	operationField(RESOURCE, OPERATIONS, { forModels: MESSAGE_FOR_MODELS }),
	{
		displayName: 'Message SID',
		name: 'messageSid',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['get']),
		default: '',
		required: true,
		placeholder: 'e.g. SM0123456789abcdef0123456789abcdef',
		description: 'Of the text: the field messageSid of an item of Send SMS or of a trigger',
	},
	simplifyField(RESOURCE, ['get']),
	{
		displayName: 'With Contact',
		name: 'with',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['getAll'], STEP),
		default: '',
		placeholder: 'e.g. +14155550123',
		description: 'Only texts with this number. When empty: all texts of the Twilio account.',
	},
	...limitFields(RESOURCE, ['getAll']),
];

export const messageOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	displayOptions: shownFor(RESOURCE, ['getAll'], STEP),
	placeholder: 'Add Option',
	default: {},
	options: [defaultCountryOption],
};
