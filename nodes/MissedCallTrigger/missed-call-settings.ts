import type { IDataObject, IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import type { Agent } from '../shared/messaging/agent';
import { parseCountry, parsePhoneNumbers, parseSender } from '../shared/messaging/phone-number';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { readAgents } from '../shared/n8n/agents/read-agents';
import { MESSAGING_SERVICE_SID } from '../shared/twilio/api/twilio-client';
import { QUESTION, RING_SECONDS, VOICEMAIL_SECONDS } from './ringing-fields';

export type CallSource = 'forward' | 'message' | 'elsewhere';

/** What becomes of a call. */
export interface MissedCallSettings {
	source: CallSource;
	/** At least one. */
	agents: [Agent, ...Agent[]];
	/** E.164; those that ring together, round by round. None where nobody is rung. */
	rounds: string[][];
	ringSeconds: number;
	showCaller: boolean;
	acceptByKey: boolean;
	spoken: { question: string; goodbye: string; greeting: string; language: string };
	/** Undefined where none is taken. */
	voicemail: { maxSeconds: number } | undefined;
	windowMs: number;
	lookUpLine: boolean;
	/** E.164. */
	ignoredCallers: string[];
	textFrom: { sender?: string; messagingServiceSid?: string };
	country: string | undefined;
}

/** Twilio rings no more at once. */
const MOST_PHONES = 10;
const MINUTE_MS = 60_000;

/** What the builder set. Throws InvalidInputError naming the field that cannot be used. */
export function readMissedCallSettings(
	context: IHookFunctions | IWebhookFunctions,
): MissedCallSettings {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const text = (name: string) => context.getNodeParameter(name, '') as string;
	const country = parseCountry(textIn(options, 'defaultCountry', 'US'));
	const source = context.getNodeParameter('callSource', 'forward') as CallSource;
	const phones = source === 'forward' ? phonesOf(text('phones'), country) : [];
	const inTurn = text('ringOrder') === 'inTurn';
	return {
		source,
		agents: readAgents(context),
		rounds: inTurn ? phones.map((phone) => [phone]) : phones.length > 0 ? [phones] : [],
		ringSeconds: context.getNodeParameter('ringSeconds', RING_SECONDS) as number,
		showCaller: text('callerId') !== 'business',
		acceptByKey: context.getNodeParameter('acceptByKey', true) === true,
		spoken: {
			question: textIn(options, 'question', QUESTION),
			goodbye: text('goodbye'),
			greeting: text('greeting'),
			language: textIn(options, 'language', 'en-US'),
		},
		voicemail:
			context.getNodeParameter('voicemail', false) === true
				? { maxSeconds: Number(options['voicemailSeconds'] ?? VOICEMAIL_SECONDS) }
				: undefined,
		windowMs: Number(context.getNodeParameter('windowMinutes', 10)) * MINUTE_MS,
		lookUpLine: options['lookUpLine'] === true,
		ignoredCallers: parsePhoneNumbers(
			textIn(options, 'ignoredCallers', ''),
			country,
			'Never Text These Callers',
		),
		textFrom: textFromOf(textIn(options, 'textFrom', '').trim(), country),
		country,
	};
}

function phonesOf(typed: string, country: string | undefined): string[] {
	const phones = parsePhoneNumbers(typed, country, 'Your Phones');
	if (phones.length >= 1 && phones.length <= MOST_PHONES) return phones;
	throw new InvalidInputError({
		field: 'Your Phones',
		cause: phones.length === 0 ? 'it is empty' : `there are more than ${MOST_PHONES}`,
		fix: 'Enter the number of the phone that shall ring, for example +14155550123; ten at most. If nobody shall be rung, set How Calls Reach You to Nobody Is Rung.',
	});
}

function textFromOf(typed: string, country: string | undefined): MissedCallSettings['textFrom'] {
	if (typed === '') return {};
	if (MESSAGING_SERVICE_SID.test(typed)) return { messagingServiceSid: typed };
	return { sender: parseSender(typed, country, 'Text From') };
}

function textIn(options: IDataObject, name: string, fallback: string): string {
	const value = options[name];
	return typeof value === 'string' ? value : fallback;
}
