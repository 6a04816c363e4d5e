import type { INodeProperties } from 'n8n-workflow';
import { agentsField } from '../shared/n8n/agents/agents-field';
import {
	CHOSEN_PHONE_NUMBERS,
	phoneNumbersField,
	RECEIVE_ON_DESCRIPTION,
	SET_UP_BY_HAND,
} from '../shared/n8n/registration/connection-fields';
import { triggerStoreFields } from '../shared/n8n/stores/thread-store-fields';
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
			CHOSEN_PHONE_NUMBERS,
			SET_UP_BY_HAND,
		],
		description: RECEIVE_ON_DESCRIPTION,
	},
	{
		...phoneNumbersField,
		displayOptions: { show: { receiveOn: ['phoneNumbers'] } },
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
