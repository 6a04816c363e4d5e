import { createHash } from 'node:crypto';
import { httpExchange } from '../../harness/http-exchange';
import { inboundForm } from '../../emulator/twilio/inbound-form';
import { newMessage } from '../../emulator/twilio/message-record';
import type { MessageRecord } from '../../emulator/twilio/records';
import { signRequest } from '../../emulator/twilio/signature';
import { TwilioState } from '../../emulator/twilio/state';
import type { Build } from './build';

const INBOUND_EVENT = 'com.twilio.messaging.inbound-message.received';
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

/** What Twilio would send and the signature on it; every build gets both, whatever it checks. */
export function signText(
	build: Build,
	{ from, body }: Text,
	token = build.account.authToken,
): SignedText {
	const message = newMessage({
		accountSid: build.account.accountSid,
		direction: 'inbound',
		from,
		to: build.sender,
		body,
		status: 'received',
		numSegments: 1,
	});
	const request = (build.key === 'twilio-trigger' ? asEvent : asForm)(build.url, message);
	const headers = {
		'content-type': request.type,
		'user-agent': 'TwilioProxy/1.1',
		'x-twilio-signature': signRequest(token, request.url, request.signed),
	};
	return {
		from,
		async deliver() {
			const sentAt = now();
			const { status } = await httpExchange(request.url, {
				method: 'POST',
				headers,
				body: request.body,
			});
			return { status, sentAt, ackMs: now() - sentAt };
		},
	};
}

interface WebhookRequest {
	url: string;
	type: string;
	body: string;
	/** Covered by the signature beside the URL. */
	signed: Record<string, string>;
}

function asForm(url: string, message: MessageRecord): WebhookRequest {
	const params = inboundForm(NO_SERVICES, message, '');
	return {
		url,
		type: 'application/x-www-form-urlencoded; charset=UTF-8',
		body: new URLSearchParams(params).toString(),
		signed: params,
	};
}

/** As Twilio's event streams deliver it; see the event type's page in Twilio's documentation. */
function asEvent(url: string, message: MessageRecord): WebhookRequest {
	const { accountSid, sid, from, to, body } = message;
	const timestamp = new Date().toISOString();
	const event = {
		specversion: '1.0',
		type: INBOUND_EVENT,
		source: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
		id: sid.replace('SM', 'EZ'),
		dataschema: 'https://events-schemas.twilio.com/Messaging.InboundMessageV1/6',
		datacontenttype: 'application/json',
		time: timestamp,
		data: {
			messageSid: sid,
			timestamp,
			accountSid,
			eventName: INBOUND_EVENT,
			from,
			to,
			body,
			numMedia: 0,
			numSegments: 1,
			recipients: [],
		},
	};
	const json = JSON.stringify([event]);
	const hash = createHash('sha256').update(json).digest('hex');
	return { url: `${url}?bodySHA256=${hash}`, type: 'application/json', body: json, signed: {} };
}
