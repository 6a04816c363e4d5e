import { validateRequest } from 'twilio/lib/webhooks/webhooks';
import type { Media } from '../../messaging/message';
import { MESSAGE_SID, MESSAGING_SERVICE_SID } from '../../messaging/sid-shapes';

/** A text as Twilio's webhook tells it. */
export interface InboundMessage {
	messageSid: string;
	accountSid: string;
	from: string;
	to: string;
	messagingServiceSid?: string;
	/** Untrimmed; empty for a media-only message. */
	body: string;
	media: Media[];
	numSegments: number;
	/** Twilio's own verdict on a consent word; only with Advanced Opt-Out. */
	optOutType?: string;
	/** The URL that failed before Twilio turned to this one as the fallback. */
	failedUrl?: string;
}

/** What a request to the inbound URL is about. */
type InboundWebhook =
	| { kind: 'message'; message: InboundMessage }
	/** The fate of a message of ours: somebody set this URL as a status callback. */
	| { kind: 'statusCallback'; messageSid: string; status: string }
	/** WhatsApp, Messenger, RCS: the sender is no phone number. */
	| { kind: 'unsupportedChannel'; channel: string };

/** The form is not one of Twilio's, signed or not. */
export class MalformedWebhookError extends Error {
	override readonly name = 'MalformedWebhookError';
}

const INBOUND_STATUSES = new Set(['received', 'receiving']);
const CHANNEL = /^([a-z][a-z0-9_-]*):/i;
/** A number has no blanks; a sender that is a name may: "Post Office". */
const ADDRESS = /^(?!\+.*\s)[^:\s](?:[^:\p{Cc}]{0,14}[^:\s])?$/u;

/** Throws MalformedWebhookError where a field that every message has is missing. Ignores fields it does not know. */
export function parseInboundWebhook(form: unknown): InboundWebhook {
	const field = fieldReader(form);
	// Twilio gives the SID under all three names.
	const sids = ['MessageSid', 'SmsMessageSid', 'SmsSid'].flatMap((name) => field(name) ?? []);
	const [messageSid = '', ...others] = sids;
	if (!MESSAGE_SID.test(messageSid)) {
		throw new MalformedWebhookError('the form has no MessageSid');
	}
	if (others.some((other) => other !== messageSid)) {
		throw new MalformedWebhookError('the form has several message SIDs');
	}
	const status = field('MessageStatus') ?? field('SmsStatus');
	if (status !== undefined && !INBOUND_STATUSES.has(status)) {
		return { kind: 'statusCallback', messageSid, status };
	}
	const from = (field('From') ?? '').trim();
	const to = (field('To') ?? '').trim();
	const channel = (CHANNEL.exec(from) ?? CHANNEL.exec(to))?.[1];
	if (channel !== undefined)
		return { kind: 'unsupportedChannel', channel: channel.toLowerCase() };
	if (!ADDRESS.test(from)) throw new MalformedWebhookError('From is not a phone number');
	if (!ADDRESS.test(to)) throw new MalformedWebhookError('To is not a phone number');
	return { kind: 'message', message: inboundMessage({ messageSid, from, to }, field) };
}

type FieldReader = (name: string) => string | undefined;

function inboundMessage(
	addresses: Pick<InboundMessage, 'messageSid' | 'from' | 'to'>,
	field: FieldReader,
): InboundMessage {
	const messagingServiceSid = field('MessagingServiceSid');
	if (messagingServiceSid && !MESSAGING_SERVICE_SID.test(messagingServiceSid)) {
		throw new MalformedWebhookError('MessagingServiceSid is none');
	}
	const optOutType = field('OptOutType');
	const failedUrl = field('ErrorUrl');
	return {
		...addresses,
		accountSid: field('AccountSid') ?? '',
		...(messagingServiceSid ? { messagingServiceSid } : {}),
		body: field('Body') ?? '',
		media: mediaOf(field),
		numSegments: count(field('NumSegments')) || 1,
		...(optOutType ? { optOutType } : {}),
		...(failedUrl ? { failedUrl } : {}),
	};
}

function mediaOf(field: FieldReader): Media[] {
	return Array.from({ length: count(field('NumMedia')) }, (_, index) => ({
		url: field(`MediaUrl${index}`) ?? '',
		contentType: field(`MediaContentType${index}`) || 'application/octet-stream',
	})).filter(({ url }) => url !== '');
}

/** A number of things that Twilio sends at most ten of. */
function count(value: string | undefined): number {
	const parsed = Number(value ?? '0');
	return Number.isInteger(parsed) && parsed >= 0 ? Math.min(parsed, 100) : 0;
}

/** Of a repeated field, the first value. Throws MalformedWebhookError where there is no form. */
export function fieldReader(form: unknown): FieldReader {
	if (typeof form !== 'object' || form === null) {
		throw new MalformedWebhookError('the request has no form');
	}
	const fields = form as Readonly<Record<string, unknown>>;
	return (name) => {
		if (!Object.hasOwn(fields, name)) return undefined;
		const value: unknown = fields[name];
		const first: unknown = Array.isArray(value) ? value[0] : value;
		return typeof first === 'string' ? first : undefined;
	};
}

export interface SignedRequest {
	/** The public URL as Twilio called it, with its query and without a fragment. */
	url: string;
	/** Every field of the form, unknown and empty ones too; a repeated name as a list. */
	form: Readonly<Record<string, string | string[]>>;
	/** X-Twilio-Signature. */
	signature: string | undefined;
}

/**
 * Whether one of the tokens signed this request. No signature or no token: false.
 * A valid signature proves the sender, not the freshness; the same request may come again.
 */
export function isSignedByTwilio(request: SignedRequest, authTokens: readonly string[]): boolean {
	const { url, form, signature } = request;
	if (signature === undefined || signature === '') return false;
	return authTokens.some((token) => token !== '' && validateRequest(token, signature, url, form));
}

/** Takes a webhook in without answering the text: replies go out over the REST API. */
export const EMPTY_TWIML = '<Response/>';

export const TWIML_CONTENT_TYPE = 'text/xml';
