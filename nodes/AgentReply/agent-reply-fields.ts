import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import {
	memorySourceField,
	modelCredential,
	modelFields,
	modelOptions,
} from '../shared/n8n/models/model-fields';
import {
	threadStoreCredentials,
	threadStoreFields,
} from '../shared/n8n/stores/thread-store-fields';
import { TWILIO_CREDENTIAL } from '../shared/n8n/credentials/twilio-credential';

const SENDS = { show: { '/delivery': ['send'] } };

const options: INodeProperties[] = [
	...modelOptions,
	{
		displayName: 'Facts for the Agent',
		name: 'facts',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Fact',
		default: {},
		description:
			'What the agent should know for this text, such as the name or the booking of the contact. The model may repeat it to the contact.',
		options: [
			{
				name: 'fact',
				displayName: 'Fact',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'e.g. First name',
					},
					{
						displayName: 'Value',
						name: 'value',
						type: 'string',
						default: '',
						placeholder: 'e.g. Maria',
					},
				],
			},
		],
	},
	{
		displayName: 'Hand-Over Text',
		name: 'handoverText',
		type: 'string',
		typeOptions: { rows: 2 },
		displayOptions: SENDS,
		default: '',
		placeholder: 'e.g. Thanks! A colleague will text you back shortly.',
		description:
			'Sent to the contact, in exactly these words, when the item goes to Needs Human. Leave empty to send nothing.',
	},
	{
		displayName: 'If the Model Fails',
		name: 'onModelError',
		type: 'options',
		default: 'needsHuman',
		description:
			'When the model does not answer, refuses or gives something unusable. The contact never sees it.',
		options: [
			{ name: 'Hand Over to a Human', value: 'needsHuman' },
			{
				name: 'Fail',
				value: 'throw',
				description: "Then n8n's own settings for errors and retries apply",
			},
		],
	},
	{
		displayName: 'If the Reply Is Too Long',
		name: 'whenLonger',
		type: 'options',
		default: 'send',
		description: 'When the model writes more than Maximum Segments all the same',
		options: [
			{ name: 'Hand Over to a Human', value: 'needsHuman' },
			{ name: 'Send It Whole', value: 'send' },
			{ name: 'Shorten It', value: 'shorten' },
		],
	},
	{
		displayName: 'Maximum Replies per Hour',
		name: 'maxRepliesPerHour',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100 },
		// Well below half of the messages that static data keeps of a thread, or it could not be counted.
		default: 20,
		description:
			'After so many replies to one contact within an hour, the next text goes to Needs Human. It stops two machines that keep texting each other.',
	},
	{
		displayName: 'Maximum Segments',
		name: 'maxSegments',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 10 },
		default: 2,
		description:
			'How long a reply the model is asked for. Twilio bills by the segment: 160 characters in one, 153 in each of several.',
	},
	{
		displayName: 'Remember at Most (Characters)',
		name: 'historyCharacters',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 8000,
		description: 'How much of the earlier conversation the model is shown, in characters',
	},
	{
		displayName: 'Remember at Most (Texts)',
		name: 'historyMessages',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 200 },
		default: 30,
		description: 'How much of the earlier conversation the model is shown, in texts',
	},
	{
		displayName: 'Replace Special Characters',
		name: 'rewriteToGsm',
		type: 'boolean',
		default: true,
		description:
			'Whether to replace curly quotes, long dashes and the like with plain ones where that saves segments',
	},
];

export const agentReplyFields: INodeProperties[] = [
	...modelFields(),
	{
		displayName: 'SMS Prompt',
		name: 'smsPrompt',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: "Leave empty to use the agent's own, from the Incoming SMS Trigger",
		description:
			'Who the agent is, what it is for and what it knows, in your own words. Rules for texting (short, plain, no secrets) are added by the node.',
	},
	{
		displayName: 'When the Reply Is Written',
		name: 'delivery',
		type: 'options',
		noDataExpression: true,
		default: 'send',
		options: [
			{
				name: 'Send It',
				value: 'send',
				description: 'Text it to the contact, from the number they wrote to',
			},
			{
				name: 'Only Give It to the Next Node',
				value: 'compose',
				description: 'For a check in between; connect Replied to a Send SMS node',
			},
		],
	},
	memorySourceField,
	...threadStoreFields,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		// By the alphabet, as n8n's own nodes show theirs.
		options: options.toSorted((one, other) => (one.displayName < other.displayName ? -1 : 1)),
	},
];

export const agentReplyCredentials: INodeCredentialDescription[] = [
	modelCredential(),
	{
		name: TWILIO_CREDENTIAL,
		required: true,
		displayOptions: { show: { delivery: ['send'] } },
	},
	...threadStoreCredentials,
];
