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
import { TwilioApiError, type TwilioClient } from './twilio-client';

export interface AccountNumber {
	sid: string;
	phoneNumber: string;
	name: string;
	canText: boolean;
	/** MMS. */
	canSendMedia: boolean;
	canCall: boolean;
	/** A SIP trunk that takes its calls before any URL does; empty where there is none. */
	trunkSid: string;
	/** Its texts. */
	endpoint: InboundEndpoint;
	calls: InboundEndpoint;
	callStatus: InboundEndpoint;
}

/** Whether it is the number that was chosen: by its SID or, with the plus sign, by itself. */
export function isNumber({ sid, phoneNumber }: AccountNumber, sidOrNumber: string): boolean {
	return sidOrNumber === sid || sidOrNumber === phoneNumber;
}

/** By its SID or, with the plus sign, by itself; undefined where the account has no such number. */
export async function findNumber(
	client: TwilioClient,
	sidOrNumber: string,
): Promise<AccountNumber | undefined> {
	if (sidOrNumber.startsWith('+')) {
		const found = await numbers(client).list({ phoneNumber: sidOrNumber });
		return found.map(accountNumber).find((number) => isNumber(number, sidOrNumber));
	}
	try {
		return accountNumber(await numbers(client)(sidOrNumber).fetch());
	} catch (error) {
		if (error instanceof TwilioApiError && error.isNotFound) return undefined;
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

export async function writeNumberCalls(
	client: TwilioClient,
	sid: string,
	{ url, method, fallbackUrl, fallbackMethod, applicationSid }: Partial<InboundSettings>,
): Promise<void> {
	const changes: IncomingPhoneNumberContextUpdateOptions = {
		...(url === undefined ? {} : { voiceUrl: url }),
		...(method === undefined ? {} : { voiceMethod: method }),
		...(fallbackUrl === undefined ? {} : { voiceFallbackUrl: fallbackUrl }),
		...(fallbackMethod === undefined ? {} : { voiceFallbackMethod: fallbackMethod }),
		...(applicationSid === undefined ? {} : { voiceApplicationSid: applicationSid }),
	};
	await numbers(client)(sid).update(changes);
}

export async function writeNumberCallStatus(
	client: TwilioClient,
	sid: string,
	{ url, method }: Partial<InboundSettings>,
): Promise<void> {
	const changes: IncomingPhoneNumberContextUpdateOptions = {
		...(url === undefined ? {} : { statusCallback: url }),
		...(method === undefined ? {} : { statusCallbackMethod: method }),
	};
	await numbers(client)(sid).update(changes);
}

function numbers(client: TwilioClient) {
	return IncomingPhoneNumberListInstance(client.api, client.account.accountSid);
}

function accountNumber(number: IncomingPhoneNumberInstance): AccountNumber {
	const {
		sms = true,
		mms = true,
		voice = true,
	} = number.capabilities as { sms?: boolean; mms?: boolean; voice?: boolean };
	const { sid, phoneNumber: label } = number;
	return {
		sid,
		phoneNumber: number.phoneNumber,
		name: number.friendlyName,
		canText: sms,
		canSendMedia: mms,
		canCall: voice,
		trunkSid: urlOrEmpty(number.trunkSid),
		endpoint: { kind: 'number', sid, label, settings: textSettings(number) },
		calls: { kind: 'voice', sid, label, settings: callSettings(number) },
		callStatus: { kind: 'callStatus', sid, label, settings: callStatusSettings(number) },
	};
}

function textSettings(number: IncomingPhoneNumberInstance): InboundSettings {
	return {
		url: urlOrEmpty(number.smsUrl),
		method: methodOrPost(number.smsMethod),
		fallbackUrl: urlOrEmpty(number.smsFallbackUrl),
		fallbackMethod: methodOrPost(number.smsFallbackMethod),
		applicationSid: urlOrEmpty(number.smsApplicationSid),
	};
}

function callSettings(number: IncomingPhoneNumberInstance): InboundSettings {
	return {
		url: urlOrEmpty(number.voiceUrl),
		method: methodOrPost(number.voiceMethod),
		fallbackUrl: urlOrEmpty(number.voiceFallbackUrl),
		fallbackMethod: methodOrPost(number.voiceFallbackMethod),
		applicationSid: urlOrEmpty(number.voiceApplicationSid),
	};
}

function callStatusSettings(number: IncomingPhoneNumberInstance): InboundSettings {
	return {
		url: urlOrEmpty(number.statusCallback),
		method: methodOrPost(number.statusCallbackMethod),
		fallbackUrl: '',
		fallbackMethod: 'POST',
		applicationSid: '',
	};
}

/** As a builder tells numbers apart: with the name somebody gave it. */
export function numberLabel({ phoneNumber, name }: AccountNumber): string {
	const digits = (text: string) => text.replace(/\D/g, '');
	// Twilio names a number after itself, "(415) 555-0123", until somebody gives it a name.
	const unnamed = name === '' || digits(phoneNumber).endsWith(digits(name) || '-');
	return unnamed ? phoneNumber : `${phoneNumber} (${name})`;
}
