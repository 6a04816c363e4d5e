import type { INodeProperties } from 'n8n-workflow';
import { agentsField } from '../shared/n8n/agents-field';
import { triggerStoreFields } from '../shared/n8n/thread-store-fields';
import { triggerOptions } from './trigger-options';

export const triggerFields: INodeProperties[] = [
	// n8n shows the credentials above the field that decides about one of them, and they belong on top.
	...triggerStoreFields,
	{
		displayName: 'Receive Texts On',
		name: 'receiveOn',
		type: 'options',
		default: 'messagingService',
		options: [
			{
				name: 'Messaging Service of the Credential',
				value: 'messagingService',
				description: 'All numbers of the Messaging Service. Connected when you publish.',
			},
			{
				name: 'Chosen Phone Numbers',
				value: 'phoneNumbers',
				description: 'Numbers you pick from your account. Connected when you publish.',
			},
			{
				name: 'Set Up by Hand',
				value: 'manual',
				description: 'Nothing is changed at Twilio; you paste the address there',
			},
		],
		description:
			'Where this workflow connects itself at Twilio when you publish it. What was connected before comes back when you unpublish it.',
	},
	{
		// eslint-disable-next-line n8n-nodes-base/node-param-display-name-wrong-for-dynamic-multi-options -- they are phone numbers, and errors call them so
		displayName: 'Phone Numbers',
		name: 'phoneNumbers',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getPhoneNumbers' },
		default: [],
		required: true,
		displayOptions: { show: { receiveOn: ['phoneNumbers'] } },
		description:
			'The numbers whose texts start this workflow. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName:
			'Copy the <b>Production URL</b> under Webhook URLs above and paste it in the Twilio Console: at your Messaging Service under Integration (Send a webhook), or at your phone number under Messaging (A message comes in). Method: HTTP POST. It works while this workflow is published.',
		name: 'manualNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { receiveOn: ['manual'] } },
	},
	agentsField,
	{
		displayName: 'One Output per Agent',
		name: 'separateOutputs',
		type: 'boolean',
		default: false,
		description:
			'Whether each agent has an output of its own, so that their texts can go different ways. Texts to a number that no agent has come out at Unmatched.',
	},
	triggerOptions,
];
