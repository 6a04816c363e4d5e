import {
	IncomingPhoneNumberListInstance,
	type IncomingPhoneNumberContextUpdateOptions,
	type IncomingPhoneNumberInstance,
} from 'twilio/lib/rest/api/v2010/account/incomingPhoneNumber';
import {
	methodOrPost,
	urlOrEmpty,
	type InboundEndpoint,
	type InboundSettings,
} from './inbound-endpoint';
import { TwilioApiError } from './twilio-api-error';
import type { TwilioClient } from './twilio-client';

export interface AccountNumber {
	sid: string;
	phoneNumber: string;
	name: string;
	canText: boolean;
	endpoint: InboundEndpoint;
}

/** Undefined where the account has no number of this SID. */
export async function findNumber(
	client: TwilioClient,
	sid: string,
): Promise<AccountNumber | undefined> {
	try {
		return accountNumber(await numbers(client)(sid).fetch());
	} catch (error) {
		if (error instanceof TwilioApiError && error.status === 404) return undefined;
		throw error;
	}
}

export async function listNumbers(client: TwilioClient): Promise<AccountNumber[]> {
	return (await numbers(client).list({ pageSize: 200 })).map(accountNumber);
}

export async function writeNumberInbound(
	client: TwilioClient,
	sid: string,
	{ url, method, fallbackUrl, fallbackMethod, applicationSid }: Partial<InboundSettings>,
): Promise<void> {
	const changes: IncomingPhoneNumberContextUpdateOptions = {
		...(url === undefined ? {} : { smsUrl: url }),
		...(method === undefined ? {} : { smsMethod: method }),
		...(fallbackUrl === undefined ? {} : { smsFallbackUrl: fallbackUrl }),
		...(fallbackMethod === undefined ? {} : { smsFallbackMethod: fallbackMethod }),
		...(applicationSid === undefined ? {} : { smsApplicationSid: applicationSid }),
	};
	await numbers(client)(sid).update(changes);
}

function numbers(client: TwilioClient) {
	return IncomingPhoneNumberListInstance(client.api, client.account.accountSid);
}

function accountNumber(number: IncomingPhoneNumberInstance): AccountNumber {
	const { sms = true } = number.capabilities as { sms?: boolean };
	return {
		sid: number.sid,
		phoneNumber: number.phoneNumber,
		name: number.friendlyName,
		canText: sms,
		endpoint: {
			kind: 'number',
			sid: number.sid,
			label: number.phoneNumber,
			settings: {
				url: urlOrEmpty(number.smsUrl),
				method: methodOrPost(number.smsMethod),
				fallbackUrl: urlOrEmpty(number.smsFallbackUrl),
				fallbackMethod: methodOrPost(number.smsFallbackMethod),
				applicationSid: urlOrEmpty(number.smsApplicationSid),
			},
		},
	};
}
