import type { INodeProperties } from 'n8n-workflow';
import { callAgentsField } from '../shared/n8n/agents/agents-field';
import {
	CHOSEN_PHONE_NUMBERS,
	phoneNumbersField,
	RECEIVE_ON_DESCRIPTION,
	SET_UP_BY_HAND,
} from '../shared/n8n/registration/connection-fields';
import { triggerStoreFields } from '../shared/n8n/stores/thread-store-fields';
import { callReportFields } from './call-report-fields';
import { missedCallOptions } from './missed-call-options';
import { ringingFields } from './ringing-fields';

const AT_TWILIO = { callSource: ['forward', 'message'] };

export const missedCallFields: INodeProperties[] = [
	// n8n shows the credentials above the field that decides about one of them, and they belong on top.
	...triggerStoreFields,
	{
		displayName: 'How Calls Reach You',
		name: 'callSource',
		type: 'options',
		noDataExpression: true,
		default: 'forward',
		options: [
			{
				name: 'Ring My Phone',
				value: 'forward',
				description:
					'Calls to your Twilio number ring your own phone; the workflow starts when nobody takes the call',
			},
			{
				name: 'Nobody Is Rung',
				value: 'message',
				description:
					'Callers hear a short message and every call starts the workflow. For a number that you forward unanswered calls to, or that only takes texts.',
			},
			{
				name: 'Calls Are Answered Elsewhere',
				value: 'elsewhere',
				description:
					'A phone system or a voice agent takes the calls, and reports each one to this node when it has ended',
			},
		],
	},
	{
		displayName: 'Receive Calls On',
		name: 'receiveOn',
		type: 'options',
		default: 'phoneNumbers',
		displayOptions: { show: AT_TWILIO },
		options: [CHOSEN_PHONE_NUMBERS, SET_UP_BY_HAND],
		description: RECEIVE_ON_DESCRIPTION,
	},
	{
		...phoneNumbersField,
		displayOptions: { show: { ...AT_TWILIO, receiveOn: ['phoneNumbers'] } },
	},
	{
		displayName:
			'Copy the <b>Production URL</b> under Webhook URLs above and paste it in the Twilio Console at your phone number under Voice, twice: at "A call comes in" (Webhook, HTTP POST) and at "Call status changes" (HTTP POST). It works while this workflow is published.',
		name: 'manualNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { ...AT_TWILIO, receiveOn: ['manual'] } },
	},
	...ringingFields,
	...callReportFields,
	callAgentsField,
	{
		displayName: 'Count Calls as One Within (Minutes)',
		name: 'windowMinutes',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 1440 },
		default: 10,
		description:
			'Somebody who calls again within this time starts no second run, so that they get one text. 0 starts a run for every missed call.',
	},
	missedCallOptions,
];
