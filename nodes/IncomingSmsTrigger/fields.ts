import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { ConsentRules } from '../shared/receiving/record-inbound';
import type { TriggerContext } from '../shared/n8n/host/field-value';
import { agentsField } from '../shared/n8n/agents/agents-field';
import { ownersCommandsOption } from '../shared/n8n/agents/owners-commands-option';
import { showContactOption } from '../shared/n8n/agents/show-contact-option';
import {
	AUTOMATIC_CONNECTION,
	CHOSEN_PHONE_NUMBERS,
	phoneNumbersField,
	publicBaseUrlOption,
	RECEIVE_ON_DESCRIPTION,
	SET_UP_BY_HAND,
	tryAgainOption,
} from '../shared/n8n/registration/connection-fields';
import {
	maxAgeDaysOption,
	maxThreadsOption,
	messagesPerThreadOption,
	triggerStoreFields,
} from '../shared/n8n/stores/thread-store-fields';
import type { BurstPolicy } from '../shared/threads/turns/gather-turn';
import { OVERWRITE_LABEL } from '../shared/twilio/registration/overwrite-label';

export const RECEIVE_ON = 'Receive Texts On';

export const SERVICE_OF_CREDENTIAL = 'Messaging Service of the Credential';

/** What holds for an option the builder leaves alone, and what the editor shows when it is added. */
const USUAL = {
	maxMediaMb: 5,
	maxWaitSeconds: 20,
	maxTexts: 10,
	missedUpToHours: 12,
	missedPerMinute: 30,
};

/** The option's label. */
export const LOOK_FOR_MISSED_TEXTS = 'Look for Missed Texts';

/** The option's label. */
export const ASK_FOR_CONTEXT = 'Ask for Context';

export const triggerOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: ASK_FOR_CONTEXT,
			name: 'askForContext',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://example.com/context',
			description:
				'Web address that is asked before each run: it may choose the agent, fill variables of the prompt, change facts of the contact and of the conversation, or reject the text. Signed with the Notify Signing Secret of the credential. It has 10 seconds; without a usable answer the run starts all the same, and the item says why (contextNote).',
		},
		{
			displayName: 'Download Media',
			name: 'downloadMedia',
			type: 'boolean',
			default: false,
			description:
				'Whether to download pictures and other files that come with a text, as binary data media_0, media_1 and so on',
		},
		{
			displayName: 'Further Opt-Out Words',
			name: 'optOutPhrases',
			type: 'string',
			default: '',
			placeholder: 'e.g. delete my number, no thanks',
			description:
				'Words and phrases that opt a contact out when a text consists of them, beside STOP and its like and the usual ways to say so in English, Spanish, French, Portuguese, German and Italian. Separated by commas.',
		},
		tryAgainOption,
		{
			displayName: 'Longest Wait (Seconds)',
			name: 'maxWaitSeconds',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 120 },
			default: USUAL.maxWaitSeconds,
			description:
				'With Wait for More Texts: how long after the first text the run starts at the latest',
		},
		{
			displayName: LOOK_FOR_MISSED_TEXTS,
			name: 'lookForMissedTexts',
			type: 'boolean',
			default: true,
			description:
				"Whether to look at Twilio, every 15 minutes and whenever n8n was away, for texts that came while nobody listened, and to answer them. Not answered are contacts who got any text after theirs, whom a person has taken over, or who have opted out; STOP and START count in any case. It is on also without this option. It knows which numbers are this workflow's by the address that they have at Twilio.",
		},
		{
			displayName: 'Maximum Media Size (MB)',
			name: 'maxMediaMb',
			type: 'number',
			typeOptions: { minValue: 0.1, maxValue: 100, numberPrecision: 1 },
			default: USUAL.maxMediaMb,
			description:
				'With Download Media: larger files are left out, and the item says so. The text comes through in any case.',
		},
		maxThreadsOption,
		messagesPerThreadOption,
		{
			displayName: 'Missed Texts: Most per Minute',
			name: 'missedPerMinute',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 600 },
			default: USUAL.missedPerMinute,
			description:
				'With Look for Missed Texts: so many contacts at most are answered in a minute, those who wrote last first. The others follow.',
		},
		{
			displayName: 'Missed Texts: Up To (Hours)',
			name: 'missedUpToHours',
			type: 'number',
			typeOptions: { minValue: 0.1, maxValue: 168, numberPrecision: 1 },
			default: USUAL.missedUpToHours,
			description:
				'With Look for Missed Texts: older ones get no answer. They start the workflow with tooLate, which Agent Reply hands over to a person.',
		},
		{
			displayName: 'Most Texts to Wait For',
			name: 'maxTexts',
			type: 'number',
			typeOptions: { minValue: 2, maxValue: 20 },
			default: USUAL.maxTexts,
			description: 'With Wait for More Texts: the run starts at once when so many have come',
		},
		ownersCommandsOption,
		publicBaseUrlOption,
		{
			displayName: 'Run on Reactions',
			name: 'runOnReactions',
			type: 'boolean',
			default: false,
			description:
				'Whether what a phone writes by itself starts the workflow too, with the event reaction: tapbacks such as Liked “Friday at 9?” and automatic answers such as those of somebody who drives. They are kept in the conversation in any case, and are no answer to anything.',
		},
		{
			displayName: 'Run on STOP, START and HELP',
			name: 'runOnConsentWords',
			type: 'boolean',
			default: false,
			description:
				'Whether these words start the workflow too, with the event optOut, optIn or help. Twilio answers them by itself and opt-outs are kept in any case, so leave it off unless you want to record them elsewhere.',
		},
		showContactOption,
		{
			displayName: OVERWRITE_LABEL,
			name: 'overwriteWebhook',
			type: 'boolean',
			default: false,
			description:
				'Whether this workflow may take the texts over from another app or workflow that receives them now. Its address comes back when this workflow is unpublished.',
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
		{
			displayName: 'While a Person Has It',
			name: 'whilePersonHasIt',
			type: 'options',
			default: 'run',
			options: [
				{
					name: 'Start the Workflow',
					value: 'run',
					description:
						'Agent Reply does not answer; its Needs Human output tells your people what the contact writes',
				},
				{
					name: 'Start Nothing',
					value: 'nothing',
					description:
						'The text is only kept in the conversation. It costs no execution.',
				},
			],
			description:
				'What a text does while a person has taken the conversation over. After the conversation is released, texts start the workflow again.',
		},
	],
};

export const properties: INodeProperties[] = [
	{
		displayName: RECEIVE_ON,
		name: 'receiveOn',
		type: 'options',
		default: AUTOMATIC_CONNECTION.value,
		options: [
			{
				...AUTOMATIC_CONNECTION,
				description:
					"The Messaging Service of the credential; without one, the account's only number for texts",
			},
			{
				name: SERVICE_OF_CREDENTIAL,
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
	...triggerStoreFields,
	triggerOptions,
];

/** What becomes of a text. */
export interface TriggerSettings {
	optOutPhrases: string[];
	separateOutputs: boolean;
	runOnConsentWords: boolean;
	runOnReactions: boolean;
	/** Whether a text starts a run while a person has the conversation. */
	runForPerson: boolean;
	/** Bytes; undefined where media are not downloaded. */
	maxMediaBytes: number | undefined;
	burst: BurstPolicy;
	/** The web address that is asked before a run, as it was typed; undefined where none is. */
	contextUrl: string | undefined;
	/** Texts that came while nobody listened; undefined where nobody looks for them. */
	missed: MissedTextsPolicy | undefined;
}

export interface MissedTextsPolicy {
	/** Milliseconds; what is older is not answered. */
	upToMs: number;
	/** Contacts that are answered in a minute. */
	perMinute: number;
}

const BYTES_PER_MB = 1_000_000;
const MS_PER_HOUR = 3_600_000;

/** What the builder set. The agents, the store and the connection at Twilio have readers of their own. */
export function read(context: TriggerContext): TriggerSettings {
	const given = context.getNodeParameter('options', {}) as IDataObject;
	const number = (name: keyof typeof USUAL) => positive(given[name]) ?? USUAL[name];
	return {
		separateOutputs: context.getNodeParameter('separateOutputs', false) as boolean,
		optOutPhrases: phrasesIn(given['optOutPhrases']),
		runOnConsentWords: given['runOnConsentWords'] === true,
		runOnReactions: given['runOnReactions'] === true,
		runForPerson: given['whilePersonHasIt'] !== 'nothing',
		maxMediaBytes:
			given['downloadMedia'] === true ? number('maxMediaMb') * BYTES_PER_MB : undefined,
		burst: {
			// Without the option a text waits for no other.
			quietMs: 1_000 * (positive(given['quietSeconds']) ?? 0),
			maxWaitMs: 1_000 * number('maxWaitSeconds'),
			maxTexts: number('maxTexts'),
		},
		contextUrl: typed(given['askForContext']),
		missed:
			given['lookForMissedTexts'] === false
				? undefined
				: {
						upToMs: MS_PER_HOUR * number('missedUpToHours'),
						perMinute: Math.max(1, Math.floor(number('missedPerMinute'))),
					},
	};
}

/** How the words of consent are read. */
export function consentRulesOf(
	{ optOutPhrases }: TriggerSettings,
	keywordsAnsweredBy: ConsentRules['keywordsAnsweredBy'] = 'twilio',
): ConsentRules {
	return { keywordsAnsweredBy, optOutPhrases };
}

function typed(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** One a line, or separated by commas. */
function phrasesIn(given: unknown): string[] {
	const text = typeof given === 'string' ? given : '';
	return text.split(/[\n,]/).flatMap((phrase) => phrase.trim() || []);
}

function positive(value: unknown): number | undefined {
	const number = Number(value ?? Number.NaN);
	return Number.isFinite(number) && number > 0 ? number : undefined;
}
