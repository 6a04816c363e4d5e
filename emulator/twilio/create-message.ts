import { ApiError } from './api-error';
import { filled, flag, many, one, type Form } from './form';
import { newMedium, newMessage } from './message-record';
import { isOptedOut } from './opt-out';
import type { AccountRecord, MessageRecord, NumberRecord, ServiceRecord } from './records';
import { scheduledFor } from './schedule';
import { countSegments } from './segments';
import { isSid } from './sids';
import type { TwilioState } from './state';

const E164 = /^\+[1-9]\d{6,14}$/;
const ADDRESS = /^(\+[1-9]\d{6,14}|\d{3,6})$/;
const MAX_BODY = 1600;
const MAX_MEDIA = 10;

/** Refuses as Twilio does, or adds the message in its initial status. Sending is the caller's. */
export function createMessage(
	state: TwilioState,
	account: AccountRecord,
	params: Form,
): MessageRecord {
	const to = filled(params, 'To');
	if (to === undefined) throw new ApiError(21604);
	const from = filled(params, 'From');
	const serviceSid = filled(params, 'MessagingServiceSid');
	if (from === undefined && serviceSid === undefined) throw new ApiError(21603);
	const body = one(params, 'Body') ?? '';
	const mediaUrls = many(params, 'MediaUrl').filter((url) => url !== '');
	if (body === '' && mediaUrls.length === 0) throw new ApiError(21602);
	if (!E164.test(to) || to === from) throw new ApiError(21211);
	if (body.length > MAX_BODY) throw new ApiError(21617);
	if (mediaUrls.length > MAX_MEDIA || !mediaUrls.every(isHttpUrl)) throw new ApiError(21620);

	const service = serviceSid === undefined ? undefined : ownService(state, account, serviceSid);
	const number = from === undefined ? undefined : ownNumber(state, account, from, service);
	if (service && state.pool(service).length === 0) throw new ApiError(21704);
	const sendAt = scheduledFor(params, new Date());
	const home = service ?? (number && state.serviceOfNumber(number));
	if (isOptedOut(state, to, number, home)) throw new ApiError(21610);

	const smartEncoding = flag(params, 'SmartEncoded') ?? service?.smartEncoding ?? false;
	const message = newMessage({
		accountSid: account.accountSid,
		direction: 'outbound-api',
		from: number?.phoneNumber ?? null,
		to,
		body,
		status: sendAt ? 'scheduled' : service ? 'accepted' : 'queued',
		numSegments: countSegments(body, smartEncoding).numSegments,
		media: mediaUrls.map((sourceUrl) => newMedium(guessContentType(sourceUrl), { sourceUrl })),
		messagingServiceSid: service?.sid ?? null,
		statusCallback: filled(params, 'StatusCallback') ?? service?.statusCallback ?? null,
		sendAt,
	});
	state.add(message);
	return message;
}

function ownService(state: TwilioState, account: AccountRecord, sid: string): ServiceRecord {
	if (!isSid(sid, 'MG')) throw new ApiError(21705);
	const service = state.services.get(sid);
	if (service?.accountSid !== account.accountSid) throw new ApiError(21701);
	return service;
}

function ownNumber(
	state: TwilioState,
	account: AccountRecord,
	from: string,
	service: ServiceRecord | undefined,
): NumberRecord {
	if (!ADDRESS.test(from)) throw new ApiError(21212);
	const number = state.numberByAddress(from);
	if (!number) throw new ApiError(21659);
	if (number.accountSid !== account.accountSid) throw new ApiError(21660);
	if (!number.capabilities.sms) throw new ApiError(21606);
	if (service && !service.numberSids.includes(number.sid)) throw new ApiError(21711);
	return number;
}

function isHttpUrl(text: string): boolean {
	return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

export function guessContentType(url: string): string {
	const extension = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase();
	const known: Record<string, string> = { png: 'image/png', gif: 'image/gif', mp4: 'video/mp4' };
	return known[extension ?? ''] ?? 'image/jpeg';
}
