import type { ListedText, SentText, TwilioLists } from './catch-up-ports';
import { mediaOfMessage, messagesSince, type LoggedMessage } from '../twilio/api/message-log';
import { newestMessagesTo, reachesSomebody, type TwilioMessage } from '../twilio/api/messages';
import type { TwilioClient } from '../twilio/api/twilio-client';
import { MalformedWebhookError, parseInboundWebhook } from '../twilio/inbound/inbound-webhook';
import type { OwnSenders } from '../twilio/registration/own-senders';

/** Enough to find the newest that went out among those that failed. */
const NEWEST_SENT = 20;

/**
 * What catch-up asks Twilio, for texts to these senders. One number has a list of its own; several
 * share the account's, where one request tells as much as one for each, though of what we send too.
 *
 * @param sendersNow asks Twilio again.
 */
export function twilioLists(
	twilio: TwilioClient,
	senders: OwnSenders,
	sendersNow: () => Promise<OwnSenders>,
): TwilioLists {
	const { numbers, serviceSids } = senders;
	const only = numbers.length === 1 && serviceSids.length === 0 ? numbers[0] : undefined;
	const isOurs = (message: TwilioMessage) =>
		message.direction === 'inbound' && isTo(senders, message);
	return {
		async textsSince(since) {
			const { messages, newest } = await messagesSince(twilio, since, isOurs, only);
			return {
				texts: messages.toReversed().flatMap(listedText),
				newest: newest?.getTime(),
			};
		},
		async stillOurs() {
			const now = await sendersNow();
			return (message) => isTo(now, message);
		},
		mediaOf: async (messageSid) => await mediaOfMessage(twilio, messageSid),
		async sentTo(contact) {
			const messages = await newestMessagesTo(twilio, { to: contact }, NEWEST_SENT);
			return messages.flatMap(sentText);
		},
	};
}

function isTo(
	{ numbers, serviceSids }: OwnSenders,
	message: { to: string; messagingServiceSid?: string | null },
): boolean {
	return numbers.includes(message.to) || serviceSids.includes(message.messagingServiceSid ?? '');
}

/** Read as its webhook would be: none where that would have been turned away, or told of another channel. */
function listedText(message: LoggedMessage): ListedText[] {
	try {
		const webhook = parseInboundWebhook({
			MessageSid: message.messageSid,
			SmsStatus: message.status,
			From: message.from ?? '',
			To: message.to,
			Body: message.body,
			NumSegments: String(message.numSegments),
			...(message.messagingServiceSid && {
				MessagingServiceSid: message.messagingServiceSid,
			}),
		});
		if (webhook.kind !== 'message') return [];
		const { numMedia, dateCreated } = message;
		return [{ message: webhook.message, numMedia, at: dateCreated.getTime() }];
	} catch (error) {
		if (error instanceof MalformedWebhookError) return [];
		throw error;
	}
}

function sentText(message: TwilioMessage): SentText[] {
	const { messageSid, direction, dateCreated } = message;
	if (!direction.startsWith('outbound') || !reachesSomebody(message) || !dateCreated) return [];
	return [{ messageSid, at: dateCreated.getTime(), isAnswer: direction === 'outbound-reply' }];
}
