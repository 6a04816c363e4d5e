import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import type { TextLimits } from '../shared/sending/fit-text';
import { defaultCountryOption } from '../shared/n8n/agents/default-country-option';
import { factsOption, readFacts } from '../shared/n8n/agents/facts-field';
import { showContactOption } from '../shared/n8n/agents/show-contact-option';
import { parseDateTime } from '../shared/n8n/host/parse-date-time';
import { modelOptions } from '../shared/n8n/models/model-fields';
import { modelLimitOptions } from '../shared/n8n/models/model-limits';
import {
	maxAgeDaysOption,
	maxThreadsOption,
	messagesPerThreadOption,
} from '../shared/n8n/stores/thread-store-fields';
import { atOnceOption, checkFirstOption, toMeFirstOption } from './list/list-options';
import {
	aiAnswersOption,
	personOptions,
	readWhoSpeaks,
	type GivenSpeaks,
	type WhoSpeaks,
} from './person-options';
import { readTextLimits, textLimits, type TextAllowance } from './text-limits';

export const MEDIA_URLS = 'Media URLs';
export const SEND_AT = 'Send At';
export const OPT_OUT_CONFIRMATION = 'Opt-Out Confirmation';
export const KEEP_TRYING = 'Keep Trying For (Minutes)';
export const STATUS_CALLBACK = 'Status Callback URL';
const TEXTS_PER_SECOND = 'Texts per Second';

/** What AI is asked for where the builder set no limit, and what the editor shows when one is added. */
export const USUAL_SEGMENTS = 2;

/** Seconds; Twilio's own limit. */
export const LONGEST_VALIDITY = 36_000;

/** Minutes; who was not told within a day is told by a person. */
const LONGEST_TRYING = 1_440;

/** One in a hundred seconds, and more than any sender passes on. */
const PACE = { least: 0.01, most: 1_000 };

/** What holds for an option the builder leaves alone, and what the editor shows when it is added. */
const USUAL = { rewriteToGsm: true, whenLonger: 'refuse' as TextLimits['whenLonger'] };

/** A list of leads may be long; what asks more than once a second and never ends is a mistake. */
export const modelLimits = modelLimitOptions({ perContact: 20, perNode: 5_000 });

/** Only where AI writes; a model source left over from another mode must not show them. */
const modelOptionsInAiMode = [...modelOptions, ...Object.values(modelLimits)].map((option) => ({
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

export const optionsField: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		aiAnswersOption,
		atOnceOption,
		checkFirstOption,
		...modelOptionsInAiMode,
		...Object.values(textLimits),
		defaultCountryOption,
		{ ...factsOption, displayOptions: { show: { ...AS_A_STEP.show, '/mode': ['ai'] } } },
		{
			displayName: 'If the Text Is Longer',
			name: 'whenLonger',
			type: 'options',
			default: USUAL.whenLonger,
			description: 'What to do with a text of more than Maximum Segments',
			options: [
				{ name: 'Do Not Send It', value: 'refuse' },
				{ name: 'Shorten It', value: 'shorten' },
			],
		},
		{
			displayName: KEEP_TRYING,
			name: 'keepTryingMinutes',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: LONGEST_TRYING },
			displayOptions: AS_A_STEP,
			default: 60,
			description:
				"How long to try again where Twilio cannot be reached, fails or has too much to do: after 30 seconds, then twice as long each time, up to 10 minutes. The same words go out, once, and not to a contact who opts out meanwhile. The execution waits for it. n8n's own Retry On Fail goes on for 25 seconds at most. 0 is off.",
		},
		{
			displayName: 'Maximum Segments',
			name: 'maxSegments',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 24 },
			default: USUAL_SEGMENTS,
			description:
				'Twilio bills by the segment: 160 characters in one, 153 in each of several. With emoji or other special characters: 70 and 67.',
		},
		withoutTrigger(maxThreadsOption),
		{
			displayName: MEDIA_URLS,
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
			displayName: 'Only If No Answer Yet',
			name: 'onlyUnanswered',
			type: 'boolean',
			displayOptions: AS_A_STEP,
			default: true,
			description:
				'Whether to send this text only while the contact has neither answered the text before it nor opted out. Otherwise nothing is sent and nothing fails: the item goes on with the status "skipped" and the reason.',
		},
		{
			displayName: OPT_OUT_CONFIRMATION,
			name: 'optOutConfirmation',
			type: 'boolean',
			displayOptions: { show: { ...AS_A_STEP.show, '/mode': ['raw'] } },
			default: true,
			description:
				'Whether this text tells a contact who has just opted out that they get no more texts. It goes out once per opt-out, within five minutes of it, and to nobody else. Only where Twilio does not answer STOP itself: everywhere else Twilio refuses it. No advertising and no question in it.',
		},
		{
			displayName: 'Replace Special Characters',
			name: 'rewriteToGsm',
			type: 'boolean',
			default: USUAL.rewriteToGsm,
			description:
				'Whether to replace curly quotes, long dashes and the like with plain ones where that saves segments',
		},
		{
			displayName: SEND_AT,
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
		...personOptions,
		toMeFirstOption,
		showContactOption,
		{
			displayName: STATUS_CALLBACK,
			name: 'statusCallback',
			type: 'string',
			default: '',
			placeholder: 'https://example.com/webhook/sms-status',
			description: 'Where Twilio reports whether the text was delivered',
		},
		{
			displayName: 'Task',
			name: 'task',
			type: 'string',
			displayOptions: AS_A_STEP,
			default: '',
			placeholder: 'e.g. Confirm the visit',
			description:
				'The name of a task of the agent, which this text begins: Agent Reply stays on it until it is done. Where you write no text, its Opening Text is sent.',
		},
		{
			displayName: TEXTS_PER_SECOND,
			name: 'textsPerSecond',
			type: 'number',
			typeOptions: { minValue: PACE.least, maxValue: PACE.most, numberPrecision: 2 },
			displayOptions: AS_A_STEP,
			default: 1,
			description:
				'The most texts a second that each sender sends, such as 1, or 0.5 for one in two seconds, so that answers do not all come at once. Without it they go to Twilio at once, which queues what carriers take: 1 segment a second from a US or Canadian number, 3 from a toll-free one, 10 from others, 100 from a short code, or what your A2P campaign allows.',
		},
		withoutTrigger(maxAgeDaysOption),
		{
			displayName: 'Validity Period (Seconds)',
			name: 'validityPeriod',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: LONGEST_VALIDITY },
			default: LONGEST_VALIDITY,
			description:
				'How long the text may wait in the queue of Twilio; later it is not sent at all. At most 36000, which is ten hours.',
		},
	],
};

/** What the builder left alone is not there; an expression may give what its field would not take. */
interface Given extends GivenSpeaks {
	defaultCountry?: string;
	facts?: unknown;
	keepTryingMinutes?: number;
	maxSegments?: number;
	mediaUrls?: string | string[];
	oncePer?: string | number;
	onlyUnanswered?: boolean;
	optOutConfirmation?: boolean;
	rewriteToGsm?: boolean;
	sendAt?: unknown;
	statusCallback?: string;
	task?: string;
	textsPerSecond?: number;
	validityPeriod?: number;
	whenLonger?: TextLimits['whenLonger'];
}

/** The options as they were set. Country, addresses and the like are read by those who know their rules. */
export interface SendOptions {
	/** As typed; empty for none. */
	defaultCountry: string;
	mediaUrls: string | string[];
	statusCallback: string;
	sendAt: Date | undefined;
	/** Seconds. */
	validityPeriod: number | undefined;
	/** Of each sender; undefined where nothing holds them back. */
	textsPerSecond: number | undefined;
	/** Milliseconds for which a text is tried again that could not be sent; 0 for not at all. */
	keepTryingMs: number;
	/** Names what a contact is texted for once, such as a call; empty where each run texts them. */
	oncePer: string;
	/** Nothing is sent to a contact who has answered or opted out since the text before this one. */
	onlyUnanswered: boolean;
	/** The one text to a contact who has just opted out. */
	confirmsOptOut: boolean;
	/** For the model, by name. */
	facts: Record<string, string>;
	/** The name of the agent's task that the text begins; empty for none. */
	task: string;
	speaks: WhoSpeaks;
	text: TextLimits;
	limits: TextAllowance;
}

/** Throws InvalidInputError naming the option that cannot be used. */
export function readOptions(context: IExecuteFunctions, itemIndex: number): SendOptions {
	const given = context.getNodeParameter('options', itemIndex, {}) as Given;
	return {
		defaultCountry: given.defaultCountry ?? '',
		mediaUrls: given.mediaUrls ?? '',
		statusCallback: given.statusCallback ?? '',
		sendAt: parseDateTime(given.sendAt, context.getTimezone(), SEND_AT),
		validityPeriod: validityPeriodIn(given),
		textsPerSecond: textsPerSecondIn(given),
		keepTryingMs: keepTryingIn(given) * 60_000,
		oncePer: String(given.oncePer ?? '').trim(),
		onlyUnanswered: given.onlyUnanswered === true,
		confirmsOptOut: given.optOutConfirmation === true,
		facts: readFacts(given.facts),
		task: String(given.task ?? '').trim(),
		speaks: readWhoSpeaks(given),
		text: {
			rewriteToGsm: given.rewriteToGsm ?? USUAL.rewriteToGsm,
			maxSegments: given.maxSegments || undefined,
			whenLonger: given.whenLonger ?? USUAL.whenLonger,
		},
		limits: readTextLimits(given),
	};
}

function validityPeriodIn({ validityPeriod: seconds }: Given): number | undefined {
	if (seconds === undefined) return undefined;
	if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_VALIDITY) return seconds;
	throw new InvalidInputError({
		field: 'Validity Period',
		cause: `${seconds} is not a whole number from 1 to ${LONGEST_VALIDITY}`,
		fix: `Enter how many seconds the text may wait, at most ${LONGEST_VALIDITY} (ten hours).`,
	});
}

function textsPerSecondIn({ textsPerSecond: pace }: Given): number | undefined {
	if (pace === undefined || (pace >= PACE.least && pace <= PACE.most)) return pace;
	throw new InvalidInputError({
		field: TEXTS_PER_SECOND,
		cause: `${pace} is not a number from ${PACE.least} to ${PACE.most}`,
		fix: 'Enter how many texts a second each sender may send, for example 2, or 0.5 for one in two seconds. Remove the option to send as fast as Twilio takes them.',
	});
}

function keepTryingIn({ keepTryingMinutes: minutes = 0 }: Given): number {
	if (minutes >= 0 && minutes <= LONGEST_TRYING) return minutes;
	throw new InvalidInputError({
		field: KEEP_TRYING,
		cause: `${minutes} is not a number from 0 to ${LONGEST_TRYING}`,
		fix: `Enter how many minutes the text may be tried for, at most ${LONGEST_TRYING} (a day), or 0 to try it once.`,
	});
}
