import type { INodeProperties } from 'n8n-workflow';
import { publicBaseUrlOption } from '../shared/n8n/registration/connection-fields';
import {
	maxAgeDaysOption,
	maxThreadsOption,
	messagesPerThreadOption,
} from '../shared/n8n/stores/thread-store-fields';
import { OVERWRITE_LABEL } from '../shared/twilio/registration/own-webhook-url';

export const triggerOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Download Media',
			name: 'downloadMedia',
			type: 'boolean',
			default: false,
			description:
				'Whether to download pictures and other files that come with a text, as binary data media_0, media_1 and so on',
		},
		{
			displayName: 'Maximum Media Size (MB)',
			name: 'maxMediaMb',
			type: 'number',
			typeOptions: { minValue: 0.1, maxValue: 100, numberPrecision: 1 },
			default: 5,
			description:
				'With Download Media: larger files are left out, and the item says so. The text comes through in any case.',
		},
		maxThreadsOption,
		{
			displayName: 'Maximum Wait for More Texts (Seconds)',
			name: 'maxWaitSeconds',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 120 },
			default: 20,
			description:
				'With Wait for More Texts: how long after the first text the run starts at the latest',
		},
		messagesPerThreadOption,
		{
			displayName: 'Most Texts to Wait For',
			name: 'maxTexts',
			type: 'number',
			typeOptions: { minValue: 2, maxValue: 20 },
			default: 10,
			description: 'With Wait for More Texts: the run starts at once when so many have come',
		},
		{
			displayName: OVERWRITE_LABEL,
			name: 'overwriteWebhook',
			type: 'boolean',
			default: false,
			description:
				'Whether this workflow may take the texts over from another app or workflow that receives them now. Its address comes back when this workflow is unpublished.',
		},
		publicBaseUrlOption,
		{
			displayName: 'Run on STOP, START and HELP',
			name: 'runOnConsentWords',
			type: 'boolean',
			default: false,
			description:
				'Whether these words start the workflow too, with the event optOut, optIn or help. Twilio answers them by itself and opt-outs are kept in any case, so leave it off unless you want to record them elsewhere.',
		},
		maxAgeDaysOption,
		{
			displayName: 'Wait for More Texts (Seconds)',
			name: 'quietSeconds',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 60, numberPrecision: 1 },
			default: 3,
			description:
				'People often write several short texts. The run starts when no further text has come for so long, with all of them, and gets one reply. Without this option every text starts a run at once.',
		},
	],
};
