import { httpExchange } from '../../test/e2e/support/http-exchange';
import { inboundForm } from '../../test/emulator/twilio/inbound-form';
import { newMessage } from '../../test/emulator/twilio/message-record';
import { signRequest } from '../../test/emulator/twilio/signature';
import { TwilioState } from '../../test/emulator/twilio/state';
import type { Build } from './build';

const NO_SERVICES = new TwilioState();

export interface Text {
	from: string;
	body: string;
}

/** A text's webhook, ready to be delivered any number of times. */
export interface SignedText {
	from: string;
	deliver(): Promise<Delivered>;
}

export interface Delivered {
	status: number;
	/** Milliseconds since 1970, with their fraction. */
	sentAt: number;
	/** Milliseconds until the answer was read. */
	ackMs: number;
}

export const now = (): number => performance.timeOrigin + performance.now();

/** The form and the signature that Twilio would send; every build gets both, whatever it checks. */
export function signText(
	{ url, sender, account }: Pick<Build, 'url' | 'sender' | 'account'>,
	{ from, body }: Text,
	token = account.authToken,
): SignedText {
	const message = newMessage({
		accountSid: account.accountSid,
		direction: 'inbound',
		from,
		to: sender,
		body,
		status: 'received',
		numSegments: 1,
	});
	const params = inboundForm(NO_SERVICES, message, '');
	const form = new URLSearchParams(params).toString();
	const headers = {
		'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
		'user-agent': 'TwilioProxy/1.1',
		'x-twilio-signature': signRequest(token, url, params),
	};
	return {
		from,
		async deliver() {
			const sentAt = now();
			const { status } = await httpExchange(url, { method: 'POST', headers, body: form });
			return { status, sentAt, ackMs: now() - sentAt };
		},
	};
}
