import type { INodeProperties } from 'n8n-workflow';
import type { RingingSettings } from '../shared/calls/call-answers';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { option, textOf, valueOf, type TriggerContext } from '../shared/n8n/host/field-value';
import {
	AUTOMATIC_CONNECTION,
	CHOSEN_PHONE_NUMBERS,
	RECEIVE_ON_DESCRIPTION,
	SET_UP_BY_HAND,
} from '../shared/n8n/registration/connection-fields';

export const ELSEWHERE = 'elsewhere';

/** Where calls come to the trigger itself. */
export const AT_TWILIO = { hide: { '/receiveOn': [ELSEWHERE] } };

const RINGING = { hide: { ...AT_TWILIO.hide, '/options.ringNobody': [true] } };

export const receiveOn: INodeProperties = {
	displayName: 'Receive Calls On',
	name: 'receiveOn',
	type: 'options',
	default: AUTOMATIC_CONNECTION.value,
	options: [
		{
			...AUTOMATIC_CONNECTION,
			description: "The account's only number for calls. Connected when you publish.",
		},
		CHOSEN_PHONE_NUMBERS,
		SET_UP_BY_HAND,
		{
			name: 'Another Phone System',
			value: ELSEWHERE,
			description:
				'A phone system or a voice agent takes the calls, and reports each one when it has ended',
		},
	],
	description: RECEIVE_ON_DESCRIPTION,
};

export const phones: INodeProperties = {
	displayName: 'Your Phones',
	name: 'phones',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. +14155550123',
	displayOptions: RINGING,
	description:
		'The phone that rings when somebody calls, with country code. Separate several with commas. To ring none, add Ring Nobody under Options.',
};

export const ringNobodyOption: INodeProperties = {
	displayName: 'Ring Nobody',
	name: 'ringNobody',
	type: 'boolean',
	default: false,
	displayOptions: AT_TWILIO,
	description:
		'Whether callers hear a short message at once, and every call starts the workflow. For a number that you forward unanswered calls to, or that only takes texts.',
};

export const ringOrderOption: INodeProperties = {
	displayName: 'Ring Several Phones',
	name: 'ringOrder',
	type: 'options',
	default: 'together',
	displayOptions: RINGING,
	options: [
		{
			name: 'At the Same Time',
			value: 'together',
			description: 'Who takes the call first has it',
		},
		{
			name: 'One After the Other',
			value: 'inTurn',
			description: 'In their order under Your Phones',
		},
	],
};

/** Shorter than most voicemails wait. */
export const ringSecondsOption: INodeProperties = {
	displayName: 'Ring For (Seconds)',
	name: 'ringSeconds',
	type: 'number',
	typeOptions: { minValue: 5, maxValue: 120 },
	default: 18,
	displayOptions: RINGING,
	description:
		'How long a phone rings before the call counts as missed. Keep it shorter than your voicemail waits, usually 20 to 30 seconds.',
};

export const callerIdOption: INodeProperties = {
	displayName: 'Number Shown on Your Phone',
	name: 'callerId',
	type: 'options',
	default: 'caller',
	displayOptions: RINGING,
	options: [
		{ name: "The Caller's", value: 'caller', description: 'So that you see who calls' },
		{
			name: 'Your Twilio Number',
			value: 'business',
			description: 'So that you see it is a call to the business',
		},
	],
};

export const acceptByKeyOption: INodeProperties = {
	displayName: 'Press a Key to Take the Call',
	name: 'acceptByKey',
	type: 'boolean',
	default: true,
	displayOptions: RINGING,
	description:
		'Whether you take a call by pressing any key, after a short question. A voicemail presses none, so a call that it picks up counts as missed. When off, your voicemail may take the call, and the workflow does not start.',
};

export const goodbyeOption: INodeProperties = {
	displayName: 'Say to the Caller',
	name: 'goodbye',
	type: 'string',
	typeOptions: { rows: 2 },
	default: 'Sorry, we cannot take your call right now. We will text you in a moment.',
	displayOptions: AT_TWILIO,
	description:
		'Spoken when nobody takes the call; then Twilio hangs up. Leave it empty to say nothing. With Take a Voicemail, the greeting is spoken instead.',
};

export const voicemailOption: INodeProperties = {
	displayName: 'Take a Voicemail',
	name: 'voicemail',
	type: 'boolean',
	default: false,
	displayOptions: AT_TWILIO,
	description:
		'Whether callers can leave a spoken message when nobody takes the call. The workflow then starts when they have spoken or hung up, with the address and the length of the recording.',
};

export const greetingOption: INodeProperties = {
	displayName: 'Voicemail Greeting',
	name: 'greeting',
	type: 'string',
	typeOptions: { rows: 2 },
	default:
		'Sorry, we cannot take your call right now. Please leave a message after the tone. We will text you.',
	displayOptions: AT_TWILIO,
	description: 'With Take a Voicemail: spoken before the tone',
};

export const questionOption: INodeProperties = {
	displayName: 'Ask Before Connecting',
	name: 'question',
	type: 'string',
	typeOptions: { rows: 2 },
	default: 'You have a call. Press any key to take it.',
	displayOptions: RINGING,
	description: 'What you hear with Press a Key to Take the Call',
};

export const voicemailSecondsOption: INodeProperties = {
	displayName: 'Longest Voicemail (Seconds)',
	name: 'voicemailSeconds',
	type: 'number',
	typeOptions: { minValue: 5, maxValue: 600 },
	default: 120,
	displayOptions: AT_TWILIO,
	description: 'With Take a Voicemail: when the recording ends at the latest',
};

export const languageOption: INodeProperties = {
	displayName: 'Spoken Language',
	name: 'language',
	type: 'string',
	default: 'en-US',
	placeholder: 'e.g. en-US, es-MX, de-DE',
	displayOptions: AT_TWILIO,
	description: 'In which language your words are spoken, as Twilio names it',
};

/** Twilio rings no more at once. */
const MOST_PHONES = 10;

/** Whether another phone system takes the calls, and reports them. */
export function areReported(context: TriggerContext): boolean {
	return textOf(context, receiveOn) === ELSEWHERE;
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
	const ringsNobody = areReported(context) || valueOf(context, option(ringNobodyOption)) === true;
	const numbers = ringsNobody ? [] : await readPhones(context, country);
	const inTurn = textOf(context, option(ringOrderOption)) === 'inTurn';
	return {
		rounds: inTurn ? numbers.map((number) => [number]) : numbers.length > 0 ? [numbers] : [],
		ringSeconds: Number(valueOf(context, option(ringSecondsOption))),
		showCaller: textOf(context, option(callerIdOption)) !== 'business',
		acceptByKey: valueOf(context, option(acceptByKeyOption)) === true,
		spoken: {
			question: textOf(context, option(questionOption)),
			goodbye: textOf(context, option(goodbyeOption)),
			greeting: textOf(context, option(greetingOption)),
			language: textOf(context, option(languageOption)),
		},
		voicemail:
			valueOf(context, option(voicemailOption)) === true
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
		fix: `Enter the number of the phone that shall ring, for example +14155550123; ten at most. If nobody shall be rung, add the option ${ringNobodyOption.displayName} and switch it on.`,
	});
}
