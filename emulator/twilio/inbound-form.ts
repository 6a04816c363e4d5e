import type { MessageRecord } from './records';
import type { TwilioState } from './state';
import { optOutKeyword } from './opt-out';

/** The fields of an inbound webhook. Geography is there and empty, as Twilio often sends it. */
export function inboundForm(
	state: TwilioState,
	message: MessageRecord,
	apiBaseUrl: string,
): Record<string, string> {
	const service = state.services.get(message.messagingServiceSid ?? '');
	const form: Record<string, string> = {
		ToCountry: 'US',
		ToState: '',
		SmsMessageSid: message.sid,
		NumMedia: String(message.media.length),
		ToCity: '',
		FromZip: '',
		SmsSid: message.sid,
		FromState: '',
		SmsStatus: 'received',
		FromCity: '',
		Body: message.body,
		FromCountry: 'US',
		To: message.to,
		ToZip: '',
		NumSegments: String(message.numSegments),
		MessageSid: message.sid,
		AccountSid: message.accountSid,
		From: message.from ?? '',
		ApiVersion: '2010-04-01',
	};
	if (service) form['MessagingServiceSid'] = service.sid;
	const optOut = service?.advancedOptOut ? optOutKeyword(message.body) : null;
	if (optOut) form['OptOutType'] = optOut;
	message.media.forEach((medium, index) => {
		form[`MediaContentType${index}`] = medium.contentType;
		form[`MediaUrl${index}`] =
			medium.sourceUrl ??
			`${apiBaseUrl}/2010-04-01/Accounts/${message.accountSid}/Messages/${message.sid}/Media/${medium.sid}`;
	});
	return { ...form, ...message.extraFields };
}
