import { MessageListInstance } from 'twilio/lib/rest/api/v2010/account/message';
import type { TwilioClient } from './twilio-client';

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
	return read(
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
	return page.instances.map(read);
}

export async function fetchMessage(
	twilio: TwilioClient,
	messageSid: string,
): Promise<TwilioMessage> {
	return read(await messagesOf(twilio)(messageSid).fetch());
}

type SdkMessage = Awaited<ReturnType<ReturnType<typeof messagesOf>['create']>>;

function messagesOf({ api, account }: TwilioClient) {
	return MessageListInstance(api, account.accountSid);
}

/** The SDK's types promise more than Twilio's answers keep: absent fields are null there. */
function read(message: SdkMessage): TwilioMessage {
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
