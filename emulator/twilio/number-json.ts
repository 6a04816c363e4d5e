import { rfc2822 } from './dates';
import type { NumberRecord } from './records';

/** What is not set reads as an empty string in some properties and as null in others, as at Twilio. */
export function numberJson(number: NumberRecord): Record<string, unknown> {
	return {
		sid: number.sid,
		account_sid: number.accountSid,
		friendly_name: number.friendlyName,
		phone_number: number.phoneNumber,
		voice_url: number.voiceUrl,
		voice_method: number.voiceMethod,
		voice_fallback_url: number.voiceFallbackUrl,
		voice_fallback_method: number.voiceFallbackMethod,
		voice_caller_id_lookup: false,
		date_created: rfc2822(number.createdAt),
		date_updated: rfc2822(number.updatedAt),
		sms_url: number.smsUrl,
		sms_method: number.smsMethod,
		sms_fallback_url: number.smsFallbackUrl,
		sms_fallback_method: number.smsFallbackMethod,
		address_requirements: 'none',
		beta: false,
		capabilities: { ...number.capabilities },
		status_callback: number.statusCallback,
		status_callback_method: number.statusCallbackMethod,
		api_version: '2010-04-01',
		voice_application_sid: number.voiceApplicationSid,
		sms_application_sid: number.smsApplicationSid,
		origin: 'twilio',
		trunk_sid: number.trunkSid,
		emergency_status: 'Inactive',
		emergency_address_sid: null,
		emergency_address_status: 'unregistered',
		address_sid: null,
		identity_sid: null,
		bundle_sid: null,
		voice_receive_mode: 'voice',
		uri: `/2010-04-01/Accounts/${number.accountSid}/IncomingPhoneNumbers/${number.sid}.json`,
		status: 'in-use',
		type: 'local',
	};
}
