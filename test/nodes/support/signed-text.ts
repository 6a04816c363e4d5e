import { randomBytes } from 'node:crypto';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks';
import type { WebhookCall } from './call-webhook';

export type TextForm = Record<string, string>;

/** The form of a text as Twilio sends it, each with a SID of its own. */
export function textForm(accountSid: string, fields: TextForm = {}): TextForm {
	const { MessageSid: sid = `SM${randomBytes(16).toString('hex')}` } = fields;
	return {
		MessageSid: sid,
		SmsSid: sid,
		SmsMessageSid: sid,
		AccountSid: accountSid,
		From: '+14155550123',
		To: '+14155550100',
		Body: 'Are you open on Sunday?',
		NumMedia: '0',
		NumSegments: '1',
		SmsStatus: 'received',
		ApiVersion: '2010-04-01',
		FromCity: '',
		...fields,
	};
}

/** A call of the webhook, signed for `url` with `token`. */
export function signedCall(url: string, token: string, form: TextForm, query = ''): WebhookCall {
	const signature = getExpectedTwilioSignature(token, url + query, form);
	return { form, query, headers: { 'x-twilio-signature': signature } };
}
