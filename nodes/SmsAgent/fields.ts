import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { TWILIO_CREDENTIAL, TWILIO_SLOT } from '../shared/n8n/credentials/twilio-credential';
import {
	threadStoreCredentials,
	threadStoreFields,
} from '../shared/n8n/stores/thread-store-fields';
import { agentProperties } from './agent-fields';
import { STEP } from './common-fields';
import { contactOptions, contactProperties } from './contact-fields';
import { messageOptions, messageProperties } from './message-fields';
import { threadProperties } from './thread-fields';

export const properties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		default: 'thread',
		options: [
			{
				name: 'Agent',
				value: 'agent',
				description: 'All agents, and the switch that stops them',
				displayOptions: { show: STEP },
			},
			{ name: 'Contact', value: 'contact', description: 'A person, and what they agreed to' },
			{ name: 'Message', value: 'message', description: 'One text' },
			{ name: 'Thread', value: 'thread', description: 'The conversation with one person' },
		],
	},
	{
		displayName:
			'The AI acts on the contact whose text or call started the run, and on nobody else.',
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
	contactOptions,
	messageOptions,
];

export const credentials: INodeCredentialDescription[] = [
	{ name: TWILIO_CREDENTIAL, displayName: TWILIO_SLOT, required: true },
	...threadStoreCredentials,
];
