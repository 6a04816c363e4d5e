import type { INodeProperties } from 'n8n-workflow';
import type { RingingSettings } from '../shared/calls/call-answers';
import type { TextBackRules } from '../shared/calls/missed-call';
import { callAgentsField } from '../shared/n8n/agents/agents-field';
import { DEFAULT_COUNTRY, defaultCountryOption } from '../shared/n8n/agents/default-country-option';
import { showContactOption } from '../shared/n8n/agents/show-contact-option';
import { option, textOf, valueOf, type TriggerContext } from '../shared/n8n/host/field-value';
import {
	callFallbackOption,
	phoneNumbersField,
	publicBaseUrlOption,
	tryAgainOption,
} from '../shared/n8n/registration/connection-fields';
import {
	maxAgeDaysOption,
	maxThreadsOption,
	messagesPerThreadOption,
	triggerStoreFields,
} from '../shared/n8n/stores/thread-store-fields';
import { MESSAGING_SERVICE_SID } from '../shared/messaging/sid-shapes';
import { OVERWRITE_LABEL } from '../shared/twilio/registration/overwrite-label';
import { callersPerHourOption, otherCountriesOption } from './caller-limits';
import { callReportFields } from './call-report-fields';
import {
	acceptByKeyOption,
	areReported,
	AT_TWILIO,
	callerIdOption,
	goodbyeOption,
	greetingOption,
	languageOption,
	phones,
	questionOption,
	readRinging,
	receiveOn,
	ringNobodyOption,
	ringOrderOption,
	ringSecondsOption,
	voicemailOption,
	voicemailSecondsOption,
} from './ringing-fields';

const manualNotice: INodeProperties = {
	displayName:
		'Copy the <b>Production URL</b> under Webhook URLs above and paste it in the Twilio Console at your phone number under Voice, twice: at "A call comes in" (Webhook, HTTP POST) and at "Call status changes" (HTTP POST). It works while this workflow is published.',
	name: 'manualNotice',
	type: 'notice',
	default: '',
	displayOptions: { show: { receiveOn: ['manual'] } },
};

const windowMinutesOption: INodeProperties = {
	displayName: 'Ignore Repeat Calls (Minutes)',
	name: 'windowMinutes',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 1440 },
	default: 10,
	description:
		'Somebody who calls again within this time starts no second run, so that they get one text. 0 starts a run for every missed call.',
};

const ignoredCallersOption: INodeProperties = {
	displayName: 'Never Text These Callers',
	name: 'ignoredCallers',
	type: 'string',
	typeOptions: { rows: 2 },
	default: '',
	placeholder: 'e.g. +14155550123, +14155550124',
	description:
		'Numbers whose missed calls start nothing, such as your family or your suppliers. Your own phones and Twilio numbers are left out anyway.',
};

const lookUpLineOption: INodeProperties = {
	displayName: 'Leave Out Landlines',
	name: 'lookUpLine',
	type: 'boolean',
	default: false,
	description:
		'Whether to ask Twilio Lookup what kind of line the caller has, and start no run for one that cannot receive texts. Twilio charges each look-up. When a look-up fails, the call goes through.',
};

const overwriteWebhookOption: INodeProperties = {
	displayName: OVERWRITE_LABEL,
	name: 'overwriteWebhook',
	type: 'boolean',
	default: false,
	displayOptions: AT_TWILIO,
	description:
		'Whether this workflow may take the calls over from another app or workflow that answers them now. Its address comes back when this workflow is unpublished.',
};

/** Of looking for calls that came while n8n was down. */
const LISTED = ['automatic', 'phoneNumbers'];
const WHERE_LISTED = { show: { '/receiveOn': LISTED } };

const lookForMissedCallsOption: INodeProperties = {
	displayName: 'Look for Missed Calls',
	name: 'lookForMissedCalls',
	type: 'boolean',
	default: true,
	displayOptions: WHERE_LISTED,
	description:
		'Whether to look at Twilio, when n8n starts and every 15 minutes, for calls that came while it was down and that nobody took. They start the workflow as late, once per caller, unless the caller has got a text since or has sent one.',
};

const latePerMinuteOption: INodeProperties = {
	displayName: 'Most Late Calls a Minute',
	name: 'latePerMinute',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 600 },
	default: 30,
	displayOptions: WHERE_LISTED,
	description:
		'With Look for Missed Calls: how many of them start the workflow in a minute, who called last first',
};

const upToHoursOption: INodeProperties = {
	displayName: 'Up To (Hours)',
	name: 'upToHours',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 24 },
	default: 12,
	displayOptions: WHERE_LISTED,
	description: 'With Look for Missed Calls: callers from before that are not texted any more',
};

const textFromOption: INodeProperties = {
	displayName: 'Text From',
	name: 'textFrom',
	type: 'string',
	default: '',
	placeholder: 'e.g. +14155550123 or MG...',
	description:
		'Which of your Twilio numbers (or which Messaging Service) texts the caller, if not the number that was called. Needed when the called number cannot text or is not a Twilio number and the credential has no Messaging Service.',
};

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		questionOption,
		otherCountriesOption,
		defaultCountryOption,
		callFallbackOption,
		windowMinutesOption,
		lookUpLineOption,
		{ ...tryAgainOption, displayOptions: AT_TWILIO },
		voicemailSecondsOption,
		lookForMissedCallsOption,
		maxThreadsOption,
		messagesPerThreadOption,
		callersPerHourOption,
		latePerMinuteOption,
		ignoredCallersOption,
		callerIdOption,
		acceptByKeyOption,
		publicBaseUrlOption,
		ringSecondsOption,
		ringNobodyOption,
		ringOrderOption,
		goodbyeOption,
		showContactOption,
		languageOption,
		voicemailOption,
		overwriteWebhookOption,
		textFromOption,
		maxAgeDaysOption,
		upToHoursOption,
		greetingOption,
	],
};

export const properties: INodeProperties[] = [
	receiveOn,
	{ ...phoneNumbersField, displayOptions: { show: { receiveOn: ['phoneNumbers'] } } },
	manualNotice,
	phones,
	...callReportFields,
	callAgentsField,
	...triggerStoreFields,
	options,
];

/** What becomes of a call. */
export interface MissedCallSettings {
	ringing: RingingSettings;
	textBack: TextBackRules;
	/** For numbers without a country code. */
	country: string | undefined;
}

const MINUTE_MS = 60_000;

/** What the builder set. Rejects with InvalidInputError naming the field that cannot be used. */
export async function readSettings(context: TriggerContext): Promise<MissedCallSettings> {
	// n8n loads this file when it starts; how numbers are written is known to a library.
	const { parseCountry, parsePhoneNumbers } = await import('../shared/messaging/phone-number.js');
	const { readAgents } = await import('../shared/n8n/agents/read-agents.js');
	const { readCallerLimits } = await import('./read-caller-limits.js');
	const country = parseCountry(textOf(context, option(defaultCountryOption)), DEFAULT_COUNTRY);
	const ringing = await readRinging(context, country);
	const ignored = textOf(context, option(ignoredCallersOption));
	return {
		ringing,
		textBack: {
			agents: readAgents(context, country),
			windowMs: Number(valueOf(context, option(windowMinutesOption))) * MINUTE_MS,
			lookUpLine: valueOf(context, option(lookUpLineOption)) === true,
			ignoredCallers: [
				...ringing.rounds.flat(),
				...parsePhoneNumbers(ignored, country, ignoredCallersOption.displayName),
			],
			textFrom: await readTextFrom(context, country),
			isTwilioCalled: !areReported(context),
			...readCallerLimits(context, country),
		},
		country,
	};
}

/** How far back and how fast late calls are taken in; undefined where nobody looks for them. */
export function readLateCalls(
	context: TriggerContext,
): { upToMs: number; perMinute: number } | undefined {
	const isLookedFor =
		LISTED.includes(textOf(context, receiveOn)) &&
		valueOf(context, option(lookForMissedCallsOption)) !== false;
	if (!isLookedFor) return undefined;
	return {
		upToMs: Number(valueOf(context, option(upToHoursOption))) * 60 * MINUTE_MS,
		perMinute: Number(valueOf(context, option(latePerMinuteOption))),
	};
}

async function readTextFrom(
	context: TriggerContext,
	country: string | undefined,
): Promise<TextBackRules['textFrom']> {
	const { parseSender } = await import('../shared/messaging/phone-number.js');
	const typed = textOf(context, option(textFromOption)).trim();
	if (typed === '') return {};
	const sender = parseSender(typed, country, textFromOption.displayName);
	return MESSAGING_SERVICE_SID.test(sender) ? { messagingServiceSid: sender } : { sender };
}
