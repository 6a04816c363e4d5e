import { rfc2822 } from './dates';
import type { MediaRecord, MessageRecord } from './records';

export function messageUri(message: MessageRecord): string {
	return `/2010-04-01/Accounts/${message.accountSid}/Messages/${message.sid}`;
}

export function messageJson(message: MessageRecord): Record<string, unknown> {
	const undecided = message.status === 'accepted' || message.status === 'scheduled';
	return {
		body: message.body,
		num_segments: undecided ? '0' : String(message.numSegments),
		direction: message.direction,
		from: message.from,
		date_updated: rfc2822(message.updatedAt),
		price: message.sentAt === null ? null : `-${(message.numSegments * 0.0083).toFixed(5)}`,
		error_message: message.errorMessage,
		uri: `${messageUri(message)}.json`,
		account_sid: message.accountSid,
		num_media: String(message.media.length),
		to: message.to,
		date_created: rfc2822(message.createdAt),
		status: message.status,
		sid: message.sid,
		date_sent: message.sentAt === null ? null : rfc2822(message.sentAt),
		messaging_service_sid: message.messagingServiceSid,
		error_code: message.errorCode,
		price_unit: 'USD',
		api_version: '2010-04-01',
		subresource_uris: { media: `${messageUri(message)}/Media.json` },
	};
}

export function mediaJson(message: MessageRecord, medium: MediaRecord): Record<string, unknown> {
	return {
		sid: medium.sid,
		account_sid: message.accountSid,
		parent_sid: message.sid,
		content_type: medium.contentType,
		date_created: rfc2822(medium.createdAt),
		date_updated: rfc2822(medium.createdAt),
		uri: `${messageUri(message)}/Media/${medium.sid}.json`,
	};
}
