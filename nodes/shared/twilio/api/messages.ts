import { MessageListInstance } from 'twilio/lib/rest/api/v2010/account/message';
import type { TwilioClient } from './twilio-client';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { assertBounded, quoted } from '../../messaging/text-bounds';
import { webAddressOf } from '../../messaging/web-address';

export interface NewMessage {
	/** E.164. */
	to: string;
	/** Pins one sender; with a Messaging Service it must be in its pool. */
	from?: string;
	/** At least one of `from` and this. */
	messagingServiceSid?: string;
	/** At most 1,600 characters; may be empty where there is media. */
	body: string;
	/** Public URLs, at most ten. */
	mediaUrls?: readonly string[];
	/** Where Twilio reports the delivery. */
	statusCallback?: string;
	/** Seconds the text may wait in Twilio's queue, 1 to 36000. */
	validityPeriod?: number;
	/** Twilio keeps the text until then; needs a Messaging Service. */
	sendAt?: Date;
}

/** A message as Twilio reports it. */
export interface TwilioMessage {
	messageSid: string;
	status: string;
	direction: string;
	to: string;
	/** Null until a Messaging Service has picked a number. */
	from: string | null;
	messagingServiceSid: string | null;
	/** Trial accounts and Smart Encoding change it. */
	body: string;
	/** 0 until Twilio has counted. */
	numSegments: number;
	numMedia: number;
	errorCode: number | null;
	dateCreated: Date | undefined;
}

/** Not idempotent: Twilio sends as often as it is asked. Rejects as `twilioClient` says. */
export async function createMessage(
	twilio: TwilioClient,
	message: NewMessage,
): Promise<TwilioMessage> {
	const { mediaUrls = [], sendAt, body, ...rest } = message;
	// The SDK takes the parameters it knows from `rest` and leaves the others.
	return readMessage(
		await messagesOf(twilio).create({
			...rest,
			...(body === '' ? {} : { body }),
			...(mediaUrls.length === 0 ? {} : { mediaUrl: [...mediaUrls] }),
			...(sendAt ? { sendAt, scheduleType: 'fixed' } : {}),
		}),
	);
}

/** The newest messages to a contact, newest first; `limit` is at most 1,000. */
export async function newestMessagesTo(
	twilio: TwilioClient,
	filter: { to: string; from?: string },
	limit: number,
): Promise<TwilioMessage[]> {
	const page = await messagesOf(twilio).page({ ...filter, pageSize: limit });
	return page.instances.map(readMessage);
}

/** Calls off a scheduled message. Rejects as `twilioClient` says, also for one that went out. */
export async function cancelMessage(twilio: TwilioClient, messageSid: string): Promise<void> {
	await messagesOf(twilio)(messageSid).update({ status: 'canceled' });
}

export async function fetchMessage(
	twilio: TwilioClient,
	messageSid: string,
): Promise<TwilioMessage> {
	return readMessage(await messagesOf(twilio)(messageSid).fetch());
}

type SdkMessage = Awaited<ReturnType<ReturnType<typeof messagesOf>['create']>>;

export function messagesOf({ api, account }: TwilioClient) {
	return MessageListInstance(api, account.accountSid);
}

/** The SDK's types promise more than Twilio's answers keep: absent fields are null there. */
export function readMessage(message: SdkMessage): TwilioMessage {
	const { dateCreated } = message as { dateCreated: Date | string | null };
	return {
		messageSid: message.sid,
		status: message.status,
		direction: message.direction,
		to: message.to,
		from: message.from || null,
		messagingServiceSid: message.messagingServiceSid || null,
		body: message.body ?? '',
		numSegments: Number(message.numSegments) || 0,
		numMedia: Number(message.numMedia) || 0,
		errorCode: message.errorCode ?? null,
		dateCreated: dateCreated instanceof Date ? dateCreated : undefined,
	};
}

const REACHES_NOBODY = new Set(['failed', 'undelivered', 'canceled', 'scheduled']);

/** Whether somebody has the message, or is about to: not what failed, nor what waits for its time. */
export function reachesSomebody({ status }: Pick<TwilioMessage, 'status'>): boolean {
	return !REACHES_NOBODY.has(status);
}

const MAX_MEDIA = 10;

const MEDIA_FIX =
	'Enter the public address of each file, starting with https://. Twilio fetches it from there.';

/**
 * Addresses of files for Twilio to fetch, as typed: one per line or separated by commas. Throws
 * InvalidInputError naming `field`.
 */
export function parseMediaUrls(input: string | readonly string[], field: string): string[] {
	if (typeof input === 'string') assertBounded(input, field);
	const written = typeof input === 'string' ? input.split(/\s|,(?=https?:)/i) : input;
	const urls = written
		.map((url) => withPlainScheme(url.trim().replace(/(?<!,),+$/, '')))
		.filter(Boolean)
		.map((url) => webAddressOf(url, field, MEDIA_FIX));
	if (urls.length > MAX_MEDIA) {
		throw new InvalidInputError({
			field,
			cause: `there are ${urls.length}; a text can have ${MAX_MEDIA} at most`,
			fix: 'Send them in several texts.',
		});
	}
	return urls;
}

/** HTTPS:// is the same to everybody but to those who compare letters. */
function withPlainScheme(url: string): string {
	return url.replace(/^https?:/i, (scheme) => scheme.toLowerCase());
}

const MINUTE_MS = 60_000;
/** Twilio's pages say 5 minutes in one place and 15 in another: 15 holds under both. */
const EARLIEST_MS = 15 * MINUTE_MS;
const LATEST_MS = 35 * 24 * 60 * MINUTE_MS;

/** Throws InvalidInputError naming `field`, unless Twilio will take a text to be sent then. */
export function assertSchedulable(
	sendAt: Date,
	now: number,
	messagingServiceSid: string | undefined,
	field: string,
): void {
	if (messagingServiceSid === undefined) {
		throw new InvalidInputError({
			field,
			cause: 'Twilio schedules texts through a Messaging Service only, and there is none',
			fix: 'Put the Messaging Service SID into the Twilio Messaging API credential, or use a Wait node.',
		});
	}
	const ahead = sendAt.getTime() - now;
	if (ahead >= EARLIEST_MS && ahead <= LATEST_MS) return;
	throw new InvalidInputError({
		field,
		cause: `${sendAt.toISOString()} is ${ahead < EARLIEST_MS ? 'less than 15 minutes' : 'more than 35 days'} ahead`,
		fix: 'Choose a time between 15 minutes and 35 days from now, or use a Wait node.',
	});
}

/** Where Twilio reports the delivery; undefined when there is none. Throws InvalidInputError naming `field`. */
export function parseStatusCallback(text: string, field: string): string | undefined {
	const url = withPlainScheme(text.trim());
	if (url === '') return undefined;
	const problem = problemOf(url);
	if (!problem) return url;
	throw new InvalidInputError({
		field,
		cause: problem,
		fix: 'Enter a public address that starts with https://, for example the production URL of a Webhook node.',
	});
}

function problemOf(text: string): string | undefined {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !/^https?:$/.test(url.protocol)) return `${quoted(text)} is not a web address`;
	if (url.hostname.includes('_')) return 'Twilio refuses host names with an underscore';
	return undefined;
}

/** Twilio puts this in front of every text of a trial account; it adds to the length. */
const TRIAL_PREFIX = /^Sent from your Twilio trial account - /;

export function hasTrialPrefix(body: string): boolean {
	return TRIAL_PREFIX.test(body);
}

export function withoutTrialPrefix(body: string): string {
	return body.replace(TRIAL_PREFIX, '');
}
