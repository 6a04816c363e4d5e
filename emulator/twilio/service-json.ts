import { iso8601 } from './dates';
import type { CampaignRecord, NumberRecord, ServiceRecord, ShortCodeRecord } from './records';

export function serviceJson(service: ServiceRecord, baseUrl: string): Record<string, unknown> {
	const url = `${baseUrl}/v1/Services/${service.sid}`;
	return {
		sid: service.sid,
		account_sid: service.accountSid,
		friendly_name: service.friendlyName,
		date_created: iso8601(service.createdAt),
		date_updated: iso8601(service.updatedAt),
		inbound_request_url: service.inboundRequestUrl,
		inbound_method: service.inboundMethod,
		fallback_url: service.fallbackUrl,
		fallback_method: service.fallbackMethod,
		status_callback: service.statusCallback,
		sticky_sender: service.stickySender,
		mms_converter: service.mmsConverter,
		smart_encoding: service.smartEncoding,
		scan_message_content: 'inherit',
		fallback_to_long_code: true,
		area_code_geomatch: service.areaCodeGeomatch,
		synchronous_validation: false,
		validity_period: service.validityPeriod,
		url,
		links: {
			phone_numbers: `${url}/PhoneNumbers`,
			short_codes: `${url}/ShortCodes`,
			alpha_senders: `${url}/AlphaSenders`,
			messages: `${url}/Messages`,
			us_app_to_person: `${url}/Compliance/Usa2p`,
			us_app_to_person_usecases: `${url}/Compliance/Usa2p/Usecases`,
			channel_senders: `${url}/ChannelSenders`,
			destination_alpha_senders: `${url}/DestinationAlphaSenders`,
		},
		usecase: service.usecase,
		us_app_to_person_registered: service.campaign?.status === 'VERIFIED',
		use_inbound_webhook_on_number: service.useInboundWebhookOnNumber,
	};
}

/** A pool's number: here the capabilities are a list, unlike on the number itself. */
export function poolNumberJson(
	service: ServiceRecord,
	number: NumberRecord,
	baseUrl: string,
): Record<string, unknown> {
	const { sms, mms, voice } = number.capabilities;
	return {
		sid: number.sid,
		account_sid: number.accountSid,
		service_sid: service.sid,
		date_created: iso8601(number.createdAt),
		date_updated: iso8601(number.updatedAt),
		phone_number: number.phoneNumber,
		country_code: 'US',
		capabilities: [
			...(sms ? ['SMS'] : []),
			...(mms ? ['MMS'] : []),
			...(voice ? ['Voice'] : []),
		],
		url: `${baseUrl}/v1/Services/${service.sid}/PhoneNumbers/${number.sid}`,
	};
}

export function poolShortCodeJson(
	service: ServiceRecord,
	{ sid, shortCode }: ShortCodeRecord,
	baseUrl: string,
): Record<string, unknown> {
	return {
		sid,
		account_sid: service.accountSid,
		service_sid: service.sid,
		date_created: iso8601(service.createdAt),
		date_updated: iso8601(service.updatedAt),
		short_code: shortCode,
		country_code: 'US',
		capabilities: ['SMS'],
		url: `${baseUrl}/v1/Services/${service.sid}/ShortCodes/${sid}`,
	};
}

export function campaignJson(
	service: ServiceRecord,
	{ sid, status, mps }: CampaignRecord,
	baseUrl: string,
): Record<string, unknown> {
	return {
		sid,
		account_sid: service.accountSid,
		brand_registration_sid: `BN${sid.slice(2)}`,
		messaging_service_sid: service.sid,
		description: 'An emulated campaign: texts to customers who have asked for them.',
		message_samples: ['Your table is booked for tonight.', 'Your order is on its way.'],
		us_app_to_person_usecase: 'MIXED',
		has_embedded_links: true,
		has_embedded_phone: false,
		subscriber_opt_in: true,
		age_gated: false,
		direct_lending: false,
		campaign_status: status,
		campaign_id: status === 'VERIFIED' ? `C${sid.slice(2, 8).toUpperCase()}` : '',
		is_externally_registered: false,
		rate_limits: { att: { mps, msg_class: 'E' }, tmobile: { brand_tier: 'LOWER_MID' } },
		message_flow: 'Customers tick a box when they order, and can text START.',
		opt_in_message: '',
		opt_out_message: '',
		help_message: '',
		opt_in_keywords: [],
		opt_out_keywords: [],
		help_keywords: [],
		date_created: iso8601(service.createdAt),
		date_updated: iso8601(service.updatedAt),
		url: `${baseUrl}/v1/Services/${service.sid}/Compliance/Usa2p/${sid}`,
		mock: false,
		errors: [],
		privacy_policy_url: '',
		terms_and_conditions_url: '',
	};
}
