import type { IExecuteFunctions, INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { historyOptions, readHistoryLimits } from '../shared/n8n/models/history-options';
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
import { contactMemoryOptions } from '../shared/n8n/agents/contact-memory-options';
import { factsOption, readFacts } from '../shared/n8n/agents/facts-field';
import { idleOptions } from '../shared/n8n/agents/idle-options';
import { showContactOption } from '../shared/n8n/agents/show-contact-option';
import { TWILIO_CREDENTIAL } from '../shared/n8n/credentials/twilio-credential';
import { readTools, toolOptions } from '../shared/n8n/models/tool-fields';
import { modelLimitOptions, type ModelLimitOptions } from '../shared/n8n/models/model-limits';
import { withUsual, type Given } from '../shared/n8n/host/with-usual';
import type { Senses } from '../shared/composing/models/attachments';
import type { ReplyPlan } from '../shared/replying/reply-turn';
import { USUAL_PAUSE_HOURS } from '../shared/threads/takeover';
import { failureOptions, USUAL_ON_FAILURE } from './failure-options';

/** The value of "When the Reply Is Written" with which the node sends. */
const SEND = 'send';

/** A path from the root, for options and credentials: see `modelCredential`. */
const SENDS = { show: { '/delivery': [SEND] } };

/** What holds for an option the builder leaves alone, and what the editor shows when it is added. */
const USUAL = {
	handoverText: '',
	looksElsewhere: false,
	afterHandingOver: 'pause' as 'pause' | 'answer',
	pauseHours: USUAL_PAUSE_HOURS,
	optOutText:
		'You will get no more texts from us. If that was a mistake, text START to get them again.',
	...USUAL_ON_FAILURE,
	whenLonger: 'send' as ReplyPlan['text']['whenLonger'],
	maxRepliesPerHour: 20,
	maxSegments: 2,
	rewriteToGsm: true,
};

/**
 * A reply or a hand-over asks once, so a contact gets there only in vain; a node, only when something
 * goes wrong.
 */
const modelLimits = modelLimitOptions({ perContact: 25, perNode: 1_000 });

/** A reply for which tools are called asks the model once more after each. */
const ASKS_WITH_TOOLS = 3;

/** Whoever allows more replies than usual means them to be written, a few of them twice. */
export function modelLimitsFor(
	{ maxRepliesPerHour }: ReplyPlan,
	hasTools: boolean,
): ModelLimitOptions {
	const { perContact, perNode } = modelLimits;
	const times = hasTools ? ASKS_WITH_TOOLS : 1;
	const enough = Math.ceil((maxRepliesPerHour * perContact.default) / USUAL.maxRepliesPerHour);
	const most = Math.max(perContact.default, enough) * times;
	return {
		perContact: { ...perContact, default: most },
		perNode: { ...perNode, default: perNode.default * times },
	};
}

const MINUTE_MS = 60_000;

const options: INodeProperties[] = [
	...modelOptions,
	...toolOptions,
	...Object.values(modelLimits),
	...failureOptions(SENDS),
	showContactOption,
	factsOption,
	...contactMemoryOptions,
	...idleOptions(SENDS),
	{
		displayName: 'Hand-Over Text',
		name: 'handoverText',
		type: 'string',
		typeOptions: { rows: 2 },
		displayOptions: SENDS,
		default: USUAL.handoverText,
		placeholder: 'e.g. Thanks! A colleague will text you back shortly.',
		description:
			'Sent to the contact, in exactly these words, when the item goes to Hand Over. Leave empty to send nothing.',
	},
	{
		displayName: 'After Handing Over',
		name: 'afterHandingOver',
		type: 'options',
		default: USUAL.afterHandingOver,
		description:
			'What becomes of the next texts once a person was asked for. What failed (the model, Twilio) pauses nobody.',
		options: [
			{
				name: 'Answer the Next Text',
				value: 'answer',
				description: 'The agent goes on, though a person may be answering too',
			},
			{
				name: 'Pause the Agent',
				value: 'pause',
				description:
					'The agent stays silent, and further texts go to Hand Over, until somebody releases the conversation or the time is over',
			},
		],
	},
	{
		displayName: 'Pause For (Hours)',
		name: 'pauseHours',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 720 },
		displayOptions: { hide: { afterHandingOver: ['answer'] } },
		default: USUAL.pauseHours,
		description:
			'How long the agent stays silent after it has handed over, counted anew from each text that a person writes to the contact',
	},
	{
		displayName: 'Opt-Out Confirmation',
		name: 'optOutText',
		type: 'string',
		typeOptions: { rows: 2 },
		displayOptions: SENDS,
		default: USUAL.optOutText,
		description:
			'Sent once, in exactly these words, to a contact who asks in a sentence of their own not to be texted any more ("take me off your list"). Twilio confirms STOP by itself. Leave empty to send nothing.',
	},
	{
		displayName: 'If the Reply Is Too Long',
		name: 'whenLonger',
		type: 'options',
		default: USUAL.whenLonger,
		description: 'When the model writes more than Maximum Segments all the same',
		options: [
			{ name: 'Hand Over to a Human', value: 'needsHuman' },
			{ name: 'Send It Whole', value: 'send' },
			{ name: 'Shorten It', value: 'shorten' },
		],
	},
	{
		displayName: 'Let the AI See and Hear',
		name: 'senses',
		type: 'options',
		displayOptions: SENDS,
		default: 'off',
		description:
			'Whether a model that can is given pictures (JPEG, PNG, GIF, WebP) and voice notes (MP3, WAV) that come with the texts it answers: up to 5 files of 5 MB each. They cost more tokens than words. One that refuses them is asked with the words alone, and the item says so (mediaShown).',
		options: [
			{ name: 'Off', value: 'off' },
			{ name: 'Pictures', value: 'pictures' },
			{ name: 'Pictures and Voice Notes', value: 'picturesAndVoice' },
		],
	},
	{
		displayName: 'Look for Texts Sent Elsewhere',
		name: 'looksElsewhere',
		type: 'boolean',
		displayOptions: SENDS,
		default: USUAL.looksElsewhere,
		description:
			'Whether to ask Twilio before each reply if somebody has texted this contact from the Twilio Console or another app within the hours of Pause For. Then that person has the conversation, and the reply goes to Hand Over instead. It costs one more request to Twilio per reply. Leave it off where other apps text the same people by themselves.',
	},
	{
		displayName: 'Maximum Replies per Hour',
		name: 'maxRepliesPerHour',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100 },
		default: USUAL.maxRepliesPerHour,
		description:
			'After so many replies to one contact within an hour, the next text goes to Hand Over. It stops two machines that keep texting each other.',
	},
	{
		displayName: 'Maximum Segments',
		name: 'maxSegments',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 10 },
		default: USUAL.maxSegments,
		description:
			'How long a reply the model is asked for. Twilio bills by the segment: 160 characters in one, 153 in each of several.',
	},
	...historyOptions,
	{
		displayName: 'Replace Special Characters',
		name: 'rewriteToGsm',
		type: 'boolean',
		default: USUAL.rewriteToGsm,
		description:
			'Whether to replace curly quotes, long dashes and the like with plain ones where that saves segments',
	},
];

export const properties: INodeProperties[] = [
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
		default: SEND,
		options: [
			{
				name: 'Send It',
				value: SEND,
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

export const credentials: INodeCredentialDescription[] = [
	{ name: TWILIO_CREDENTIAL, required: true, displayOptions: SENDS },
	{ ...modelCredential('openAiCompatible'), testedBy: 'testModelCredential' },
	modelCredential('openAi'),
	...threadStoreCredentials,
];

/** Whether the node sends what it writes. */
export function sends(context: IExecuteFunctions, itemIndex: number): boolean {
	return context.getNodeParameter('delivery', itemIndex) === SEND;
}

/** What of the media of texts the model is given; undefined for nothing, and where the node only writes. */
export function readSenses(context: IExecuteFunctions, itemIndex: number): Senses | undefined {
	const { senses } = context.getNodeParameter('options', itemIndex, {}) as { senses?: unknown };
	const isOn = senses === 'pictures' || senses === 'picturesAndVoice';
	return isOn && sends(context, itemIndex) ? senses : undefined;
}

/**
 * What the builder decided about a reply; fields of the model, the memory and the store have readers
 * of theirs. `smsPrompt` is empty where the agent's own holds.
 */
export function read(context: IExecuteFunctions, itemIndex: number): ReplyPlan {
	const given = context.getNodeParameter('options', itemIndex, {}) as Given<typeof USUAL> & {
		facts?: unknown;
	};
	const { maxSegments, whenLonger, rewriteToGsm, ...others } = withUsual(USUAL, given);
	const { keepTryingMinutes, afterHandingOver, pauseHours, ...rest } = others;
	const smsPrompt = context.getNodeParameter('smsPrompt', itemIndex, '') as string;
	return {
		...rest,
		keepTryingMs: keepTryingMinutes * MINUTE_MS,
		pauseAfterHandOverMs: afterHandingOver === 'pause' ? pauseHours * 60 * MINUTE_MS : null,
		smsPrompt: smsPrompt.trim() === '' ? '' : smsPrompt,
		context: readFacts(given.facts),
		acting: readTools(context, itemIndex).limits,
		history: readHistoryLimits(context, itemIndex),
		text: { maxSegments, whenLonger, rewriteToGsm },
		timeZone: context.getTimezone(),
	};
}
