import type { INodeProperties } from 'n8n-workflow';
import { defaultCountryOption } from '../shared/n8n/agents/default-country-option';
import { modelOptions } from '../shared/n8n/models/model-fields';
import {
	maxAgeDaysOption,
	maxThreadsOption,
	messagesPerThreadOption,
} from '../shared/n8n/stores/thread-store-fields';

/** Only where AI writes; a model source left over from another mode must not show them. */
const modelOptionsInAiMode = modelOptions.map((option) => ({
	...option,
	displayOptions: { show: { ...option.displayOptions?.show, '/mode': ['ai'] } },
}));

/** A tool is called in the middle of a conversation, by a model that decides whether to send. */
const AS_A_STEP = { show: { '@tool': [false] } };

/** Threads belong to the trigger where there is one. */
const withoutTrigger = (option: INodeProperties): INodeProperties => ({
	...option,
	description: `${option.description?.replace(/\.$/, '')}. Only where no trigger of this package comes before this node; else its own number holds.`,
});

export const sendSmsOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		...modelOptionsInAiMode,
		defaultCountryOption,
		{
			displayName: 'If the Text Is Longer',
			name: 'whenLonger',
			type: 'options',
			default: 'refuse',
			description: 'What to do with a text of more than Maximum Segments',
			options: [
				{ name: 'Do Not Send It', value: 'refuse' },
				{ name: 'Shorten It', value: 'shorten' },
			],
		},
		{
			displayName: 'Maximum Segments',
			name: 'maxSegments',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 24 },
			default: 2,
			description:
				'Twilio bills by the segment: 160 characters in one, 153 in each of several. With emoji or other special characters: 70 and 67.',
		},
		withoutTrigger(maxThreadsOption),
		{
			displayName: 'Media URLs',
			name: 'mediaUrls',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'https://example.com/picture.jpg',
			description:
				'Public addresses of pictures or other files to send along (MMS, mostly US and Canada), one per line, ten at most',
		},
		withoutTrigger(messagesPerThreadOption),
		{
			displayName: 'Only If They Have Not Answered',
			name: 'onlyUnanswered',
			type: 'boolean',
			displayOptions: AS_A_STEP,
			default: true,
			description:
				'Whether to send this text only while the contact has neither answered the text before it nor opted out. Otherwise nothing is sent and nothing fails: the item goes on with the status "skipped" and the reason.',
		},
		{
			displayName: 'Replace Special Characters',
			name: 'rewriteToGsm',
			type: 'boolean',
			default: true,
			description:
				'Whether to replace curly quotes, long dashes and the like with plain ones where that saves segments',
		},
		{
			displayName: 'Send At',
			name: 'sendAt',
			type: 'dateTime',
			default: '',
			description:
				"Let Twilio send the text at this time, 15 minutes to 35 days from now, in the workflow's time zone. Needs a Messaging Service. An opt-out in the meantime does not cancel it.",
		},
		{
			displayName: 'Send Once Per',
			name: 'oncePer',
			type: 'string',
			displayOptions: AS_A_STEP,
			default: '',
			placeholder: 'e.g. an expression for the ID of the call',
			description:
				'What names the occasion, such as the ID of a call or an order. However often the workflow is started for it, this node texts the same contact once; later runs get the text that went out, with "repeated". Remembered for at least a day.',
		},
		{
			displayName: 'Status Callback URL',
			name: 'statusCallback',
			type: 'string',
			default: '',
			placeholder: 'https://example.com/webhook/sms-status',
			description: 'Where Twilio reports whether the text was delivered',
		},
		withoutTrigger(maxAgeDaysOption),
		{
			displayName: 'Validity Period (Seconds)',
			name: 'validityPeriod',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 36000 },
			default: 36000,
			description:
				'How long the text may wait in the queue of Twilio; later it is not sent at all. At most 36000, which is ten hours.',
		},
	],
};
