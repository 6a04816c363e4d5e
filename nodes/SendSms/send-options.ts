import type { IExecuteFunctions } from 'n8n-workflow';
import { parseCountry } from '../shared/messaging/phone-number';
import type { TextLimits } from '../shared/sending/fit-text';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parseDateTime } from '../shared/n8n/host/parse-date-time';
import { parseMediaUrls, parseStatusCallback } from '../shared/twilio/api/messages';

/** The node's "Options"; what the builder left alone is not there. */
interface RawOptions {
	defaultCountry?: string;
	maxSegments?: number;
	mediaUrls?: string | string[];
	oncePer?: string | number;
	onlyUnanswered?: boolean;
	rewriteToGsm?: boolean;
	sendAt?: unknown;
	statusCallback?: string;
	validityPeriod?: number;
	whenLonger?: TextLimits['whenLonger'];
}

/** The options as the domain knows them. */
export interface SendOptions {
	country: string | undefined;
	mediaUrls: string[];
	statusCallback: string | undefined;
	sendAt: Date | undefined;
	validityPeriod: number | undefined;
	/** Names the occasion that a contact is texted for once; empty where each run is one. */
	occasion: string;
	/** Nothing is sent to a contact who has answered or opted out since the text before this one. */
	onlyUnanswered: boolean;
	text: TextLimits;
}

/** Throws InvalidInputError naming the option that cannot be used. */
export function sendOptionsOf(context: IExecuteFunctions, itemIndex: number): SendOptions {
	const options = context.getNodeParameter('options', itemIndex, {}) as RawOptions;
	return {
		country: parseCountry(options.defaultCountry ?? ''),
		mediaUrls: parseMediaUrls(options.mediaUrls ?? ''),
		statusCallback: parseStatusCallback(options.statusCallback ?? ''),
		sendAt: parseDateTime(options.sendAt, context.getTimezone(), 'Send At'),
		validityPeriod: validityPeriodOf(options.validityPeriod),
		occasion: String(options.oncePer ?? '').trim(),
		onlyUnanswered: options.onlyUnanswered === true,
		text: {
			rewriteToGsm: options.rewriteToGsm ?? true,
			maxSegments: options.maxSegments || undefined,
			whenLonger: options.whenLonger ?? 'refuse',
		},
	};
}

function validityPeriodOf(seconds: number | undefined): number | undefined {
	if (seconds === undefined) return undefined;
	if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 36_000) return seconds;
	throw new InvalidInputError({
		field: 'Validity Period',
		cause: `${seconds} is not a whole number from 1 to 36000`,
		fix: 'Enter how many seconds the text may wait, at most 36000 (ten hours).',
	});
}
