import type {
	INodeCredentialDescription,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { defaultCountryOption } from '../shared/n8n/agents/default-country-option';
import { TWILIO_CREDENTIAL, TWILIO_SLOT } from '../shared/n8n/credentials/twilio-credential';
import {
	threadStoreCredentials,
	threadStoreFields,
} from '../shared/n8n/stores/thread-store-fields';
import { agentProperties } from './agent-fields';
import { STEP } from './common-fields';
import { contactProperties } from './contact-fields';
import { messageProperties } from './message-fields';
import { threadProperties } from './thread-fields';

const RESOURCES: INodePropertyOptions[] = [
	{ name: 'Agent', value: 'agent', description: 'All agents, and the switch that stops them' },
	{ name: 'Contact', value: 'contact', description: 'A person, and what they agreed to' },
	{ name: 'Message', value: 'message', description: 'One text' },
	{ name: 'Thread', value: 'thread', description: 'The conversation with one person' },
];

export const properties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		default: 'thread',
		displayOptions: { show: STEP },
		options: RESOURCES,
	},
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		default: 'thread',
		displayOptions: { show: { '@tool': [true] } },
		options: RESOURCES.filter(({ value }) => value !== 'agent'),
	},
	{
		displayName:
			'The AI acts on the contact of its own conversation only, the one whose text or call started the run.',
		name: 'toolNotice',
		type: 'notice',
		displayOptions: { show: { '@tool': [true] } },
		default: '',
	},
	...threadProperties,
	...contactProperties,
	...messageProperties,
	...agentProperties,
	...threadStoreFields,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions: { show: { resource: ['contact', 'message'], ...STEP } },
		default: {},
		options: [defaultCountryOption],
	},
];

export const credentials: INodeCredentialDescription[] = [
	{ name: TWILIO_CREDENTIAL, displayName: TWILIO_SLOT, required: true },
	...threadStoreCredentials,
];
