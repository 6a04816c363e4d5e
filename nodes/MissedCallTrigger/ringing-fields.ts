import type { INodeProperties } from 'n8n-workflow';
import type { RingingSettings } from '../shared/calls/call-answers';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { option, textOf, valueOf, type TriggerContext } from '../shared/n8n/host/field-value';

const FORWARD = { callSource: ['forward'] };
/** Where calls come to the trigger itself. */
export const AT_TWILIO = { callSource: ['forward', 'message'] };

export type CallSource = 'forward' | 'message' | 'elsewhere';

const NOBODY_IS_RUNG = 'Nobody Is Rung';

export const callSource: INodeProperties = {
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
			name: NOBODY_IS_RUNG,
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
};

const phones: INodeProperties = {
	displayName: 'Your Phones',
	name: 'phones',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. +14155550123',
	displayOptions: { show: FORWARD },
	description:
		'The phone that rings when somebody calls, with country code. Separate several with commas.',
};

const ringOrder: INodeProperties = {
	displayName: 'Ring Several Phones',
	name: 'ringOrder',
	type: 'options',
	default: 'together',
	displayOptions: { show: FORWARD },
	options: [
		{
			name: 'At the Same Time',
			value: 'together',
			description: 'Who takes the call first has it',
		},
		{ name: 'One After the Other', value: 'inTurn', description: 'In the order above' },
	],
};

/** Shorter than most voicemails wait. */
const ringSeconds: INodeProperties = {
	displayName: 'Ring For (Seconds)',
	name: 'ringSeconds',
	type: 'number',
	typeOptions: { minValue: 5, maxValue: 120 },
	default: 18,
	displayOptions: { show: FORWARD },
	description:
		'How long a phone rings before the call counts as missed. Keep it shorter than your voicemail waits, usually 20 to 30 seconds.',
};

const callerId: INodeProperties = {
	displayName: 'Number Shown on Your Phone',
	name: 'callerId',
	type: 'options',
	default: 'caller',
	displayOptions: { show: FORWARD },
	options: [
		{ name: "The Caller's", value: 'caller', description: 'So that you see who calls' },
		{
			name: 'Your Twilio Number',
			value: 'business',
			description: 'So that you see it is a call to the business',
		},
	],
};

const acceptByKey: INodeProperties = {
	displayName: 'Press a Key to Take the Call',
	name: 'acceptByKey',
	type: 'boolean',
	default: true,
	displayOptions: { show: FORWARD },
	description:
		'Whether you take a call by pressing any key, after a short question. A voicemail presses none, so a call that it picks up counts as missed. When off, your voicemail may take the call, and the workflow does not start.',
};

const goodbye: INodeProperties = {
	displayName: 'Say to the Caller',
	name: 'goodbye',
	type: 'string',
	typeOptions: { rows: 2 },
	default: 'Sorry, we cannot take your call right now. We will text you in a moment.',
	displayOptions: { show: { ...AT_TWILIO, voicemail: [false] } },
	description:
		'Spoken when nobody takes the call; then Twilio hangs up. Leave it empty to say nothing.',
};

const voicemail: INodeProperties = {
	displayName: 'Take a Voicemail',
	name: 'voicemail',
	type: 'boolean',
	default: false,
	displayOptions: { show: AT_TWILIO },
	description:
		'Whether callers can leave a spoken message when nobody takes the call. The workflow then starts when they have spoken or hung up, with the address and the length of the recording.',
};

const greeting: INodeProperties = {
	displayName: 'Voicemail Greeting',
	name: 'greeting',
	type: 'string',
	typeOptions: { rows: 2 },
	default:
		'Sorry, we cannot take your call right now. Please leave a message after the tone. We will text you.',
	displayOptions: { show: { ...AT_TWILIO, voicemail: [true] } },
	description: 'Spoken before the tone',
};

export const questionOption: INodeProperties = {
	displayName: 'Ask Before Connecting',
	name: 'question',
	type: 'string',
	typeOptions: { rows: 2 },
	default: 'You have a call. Press any key to take it.',
	displayOptions: { show: { '/callSource': ['forward'] } },
	description: 'What you hear with Press a Key to Take the Call',
};

export const voicemailSecondsOption: INodeProperties = {
	displayName: 'Longest Voicemail (Seconds)',
	name: 'voicemailSeconds',
	type: 'number',
	typeOptions: { minValue: 5, maxValue: 600 },
	default: 120,
	displayOptions: { show: { '/callSource': ['forward', 'message'] } },
	description: 'With Take a Voicemail: when the recording ends at the latest',
};

export const languageOption: INodeProperties = {
	displayName: 'Spoken Language',
	name: 'language',
	type: 'string',
	default: 'en-US',
	placeholder: 'e.g. en-US, es-MX, de-DE',
	displayOptions: { show: { '/callSource': ['forward', 'message'] } },
	description: 'In which language your words are spoken, as Twilio names it',
};

/** What happens while a call comes in, and what the caller hears. */
export const ringingFields: INodeProperties[] = [
	phones,
	ringOrder,
	ringSeconds,
	callerId,
	acceptByKey,
	goodbye,
	voicemail,
	greeting,
];

/** Twilio rings no more at once. */
const MOST_PHONES = 10;

export function readCallSource(context: TriggerContext): CallSource {
	return valueOf(context, callSource) as CallSource;
}

/**
 * How calls are taken. Throws InvalidInputError naming the field that cannot be used.
 *
 * @param country for numbers without a country code.
 */
export async function readRinging(
	context: TriggerContext,
	country: string | undefined,
): Promise<RingingSettings> {
	const numbers = readCallSource(context) === 'forward' ? await readPhones(context, country) : [];
	const inTurn = textOf(context, ringOrder) === 'inTurn';
	return {
		rounds: inTurn ? numbers.map((number) => [number]) : numbers.length > 0 ? [numbers] : [],
		ringSeconds: Number(valueOf(context, ringSeconds)),
		showCaller: textOf(context, callerId) !== 'business',
		acceptByKey: valueOf(context, acceptByKey) === true,
		spoken: {
			question: textOf(context, option(questionOption)),
			goodbye: textOf(context, goodbye),
			greeting: textOf(context, greeting),
			language: textOf(context, option(languageOption)),
		},
		voicemail:
			valueOf(context, voicemail) === true
				? { maxSeconds: Number(valueOf(context, option(voicemailSecondsOption))) }
				: undefined,
	};
}

async function readPhones(context: TriggerContext, country: string | undefined): Promise<string[]> {
	const { parsePhoneNumbers } = await import('../shared/messaging/phone-number.js');
	const numbers = parsePhoneNumbers(textOf(context, phones), country, phones.displayName);
	if (numbers.length >= 1 && numbers.length <= MOST_PHONES) return numbers;
	throw new InvalidInputError({
		field: phones.displayName,
		cause: numbers.length === 0 ? 'it is empty' : `there are more than ${MOST_PHONES}`,
		fix: `Enter the number of the phone that shall ring, for example +14155550123; ten at most. If nobody shall be rung, set ${callSource.displayName} to ${NOBODY_IS_RUNG}.`,
	});
}
