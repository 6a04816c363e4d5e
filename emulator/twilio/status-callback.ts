import type { MessageRecord } from './records';
import type { TwilioState } from './state';
import type { Webhooks } from './webhooks';

/** Tells the application about a message's new status, if it asked to be told. */
export async function sendStatusCallback(
	state: TwilioState,
	webhooks: Webhooks,
	message: MessageRecord,
): Promise<void> {
	const account = state.accounts.get(message.accountSid);
	if (!account || message.statusCallback === null) return;
	const final = message.status === 'delivered' || message.status === 'undelivered';
	await webhooks.send({
		kind: 'status',
		messageSid: message.sid,
		url: message.statusCallback,
		method: 'POST',
		token: account.authToken,
		params: {
			SmsSid: message.sid,
			SmsStatus: message.status,
			MessageStatus: message.status,
			To: message.to,
			MessageSid: message.sid,
			AccountSid: message.accountSid,
			From: message.from ?? '',
			ApiVersion: '2010-04-01',
			...(message.messagingServiceSid === null
				? {}
				: { MessagingServiceSid: message.messagingServiceSid }),
			...(message.errorCode === null ? {} : { ErrorCode: String(message.errorCode) }),
			...(final ? { RawDlrDoneDate: receiptDate(new Date()) } : {}),
		},
	});
}

/** YYMMDDhhmm, as carriers write it. */
function receiptDate(date: Date): string {
	return date.toISOString().replace(/\D/g, '').slice(2, 12);
}
