import { Router } from 'express';
import type { ApiCall, ApiGate } from './api-gate';
import { ApiError } from './api-error';
import { filled, one, type Form } from './form';
import { notFound } from './messages-api';
import { numberJson } from './number-json';
import { v2010Page } from './paging';
import type { HttpMethod, NumberRecord } from './records';
import type { TwilioState } from './state';

const ROOT = '/2010-04-01/Accounts/:accountSid/IncomingPhoneNumbers';

export function numbersApi(state: TwilioState, gate: ApiGate): Router {
	const find = ({ account, path, url }: ApiCall): NumberRecord => {
		const number = state.numbers.get(path['sid'] ?? '');
		if (number?.accountSid !== account.accountSid) throw notFound(url);
		return number;
	};

	const router = Router({ caseSensitive: true });
	router.get(
		`${ROOT}.json`,
		gate(({ account, query, url }) => {
			const phoneNumber = filled(query, 'PhoneNumber')?.replaceAll('*', '');
			const friendlyName = filled(query, 'FriendlyName');
			const found = [...state.numbers.values()].filter(
				(number) =>
					number.accountSid === account.accountSid &&
					(phoneNumber === undefined || number.phoneNumber.includes(phoneNumber)) &&
					(friendlyName === undefined || number.friendlyName === friendlyName),
			);
			return {
				status: 200,
				body: v2010Page('incoming_phone_numbers', found.reverse(), numberJson, {
					query,
					url,
				}),
			};
		}),
	);
	router.get(
		`${ROOT}/:sid.json`,
		gate((call) => ({ status: 200, body: numberJson(find(call)) })),
	);
	router.post(
		`${ROOT}/:sid.json`,
		gate((call) => {
			const number = find(call);
			update(number, call.params);
			state.emit('setup');
			return { status: 200, body: numberJson(number) };
		}),
	);
	return router;
}

function update(number: NumberRecord, params: Form): void {
	number.friendlyName = one(params, 'FriendlyName') ?? number.friendlyName;
	number.smsUrl = one(params, 'SmsUrl') ?? number.smsUrl;
	number.smsMethod = method(params, 'SmsMethod') ?? number.smsMethod;
	number.smsFallbackUrl = one(params, 'SmsFallbackUrl') ?? number.smsFallbackUrl;
	number.smsFallbackMethod = method(params, 'SmsFallbackMethod') ?? number.smsFallbackMethod;
	number.smsApplicationSid = one(params, 'SmsApplicationSid') ?? number.smsApplicationSid;
	number.voiceUrl = one(params, 'VoiceUrl') ?? number.voiceUrl;
	number.voiceMethod = method(params, 'VoiceMethod') ?? number.voiceMethod;
	number.voiceFallbackUrl = one(params, 'VoiceFallbackUrl') ?? number.voiceFallbackUrl;
	number.voiceFallbackMethod =
		method(params, 'VoiceFallbackMethod') ?? number.voiceFallbackMethod;
	number.voiceApplicationSid = one(params, 'VoiceApplicationSid') ?? number.voiceApplicationSid;
	const trunk = one(params, 'TrunkSid');
	if (trunk !== undefined) number.trunkSid = trunk || null;
	number.statusCallback = one(params, 'StatusCallback') ?? number.statusCallback;
	number.statusCallbackMethod =
		method(params, 'StatusCallbackMethod') ?? number.statusCallbackMethod;
	number.updatedAt = new Date();
}

/** An empty value means the default, POST. */
export function method(params: Form, name: string): HttpMethod | undefined {
	const value = one(params, name)?.toUpperCase();
	if (value === undefined) return undefined;
	if (value === 'GET') return 'GET';
	if (value === 'POST' || value === '') return 'POST';
	throw new ApiError(20001, { message: `${name} must be GET or POST` });
}
