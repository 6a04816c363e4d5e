import type { INodeProperties } from 'n8n-workflow';
import { publicBaseUrlOption } from '../shared/n8n/registration/connection-fields';
import { defaultCountryOption } from '../shared/n8n/agents/default-country-option';
import {
	maxAgeDaysOption,
	maxThreadsOption,
	messagesPerThreadOption,
} from '../shared/n8n/stores/thread-store-fields';
import { OVERWRITE_LABEL } from '../shared/twilio/registration/own-webhook-url';
import { QUESTION, VOICEMAIL_SECONDS } from './ringing-fields';

const FORWARD = { show: { '/callSource': ['forward'] } };
const AT_TWILIO = { show: { '/callSource': ['forward', 'message'] } };

export const missedCallOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Ask Before Connecting',
			name: 'question',
			type: 'string',
			typeOptions: { rows: 2 },
			default: QUESTION,
			displayOptions: FORWARD,
			description: 'What you hear with Press a Key to Take the Call',
		},
		defaultCountryOption,
		{
			displayName: 'Leave Out Landlines',
			name: 'lookUpLine',
			type: 'boolean',
			default: false,
			description:
				'Whether to ask Twilio Lookup what kind of line the caller has, and start no run for one that cannot receive texts. Twilio charges each look-up. When a look-up fails, the call goes through.',
		},
		{
			displayName: 'Longest Voicemail (Seconds)',
			name: 'voicemailSeconds',
			type: 'number',
			typeOptions: { minValue: 5, maxValue: 600 },
			default: VOICEMAIL_SECONDS,
			displayOptions: AT_TWILIO,
			description: 'With Take a Voicemail: when the recording ends at the latest',
		},
		maxThreadsOption,
		messagesPerThreadOption,
		{
			displayName: 'Never Text These Callers',
			name: 'ignoredCallers',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. +14155550123, +14155550124',
			description:
				'Numbers whose missed calls start nothing, such as your family or your suppliers. Your own phones and Twilio numbers are left out anyway.',
		},
		{
			displayName: OVERWRITE_LABEL,
			name: 'overwriteWebhook',
			type: 'boolean',
			default: false,
			displayOptions: AT_TWILIO,
			description:
				'Whether this workflow may take the calls over from another app or workflow that answers them now. Its address comes back when this workflow is unpublished.',
		},
		publicBaseUrlOption,
		{
			displayName: 'Spoken Language',
			name: 'language',
			type: 'string',
			default: 'en-US',
			placeholder: 'e.g. en-US, es-MX, de-DE',
			displayOptions: AT_TWILIO,
			description: 'In which language your words are spoken, as Twilio names it',
		},
		{
			displayName: 'Text From',
			name: 'textFrom',
			type: 'string',
			default: '',
			placeholder: 'e.g. +14155550123 or MG...',
			description:
				'Which of your Twilio numbers (or which Messaging Service) texts the caller, if not the number that was called. Needed when the called number cannot text or is not a Twilio number and the credential has no Messaging Service.',
		},
		maxAgeDaysOption,
	],
};
