import type { HttpMethod, NumberRecord, ServiceRecord } from './records';
import { DEMO_SMS_URL } from './setup';

export type InboundRoute =
	| {
			readonly kind: 'webhook';
			readonly url: string;
			readonly method: HttpMethod;
			readonly fallbackUrl: string | null;
			readonly fallbackMethod: HttpMethod;
	  }
	/** The Service takes inbound itself and has no URL: Twilio drops the text and logs nothing. */
	| { readonly kind: 'disabled'; readonly reason: string }
	/** The text is logged and nobody is told. */
	| { readonly kind: 'nowhere'; readonly reason: string };

/** Who is told about a text to this number, by Twilio's order of precedence. */
export function inboundRoute(
	number: NumberRecord,
	service: ServiceRecord | undefined,
): InboundRoute {
	if (service && !service.useInboundWebhookOnNumber) {
		if (!service.inboundRequestUrl) {
			return { kind: 'disabled', reason: 'inbound is disabled on the Messaging Service' };
		}
		return {
			kind: 'webhook',
			url: service.inboundRequestUrl,
			method: service.inboundMethod,
			fallbackUrl: service.fallbackUrl,
			fallbackMethod: service.fallbackMethod,
		};
	}
	if (number.smsApplicationSid) {
		return {
			kind: 'nowhere',
			reason: `the number belongs to TwiML App ${number.smsApplicationSid}`,
		};
	}
	if (!number.smsUrl) return { kind: 'nowhere', reason: 'no webhook is set on this number' };
	if (number.smsUrl === DEMO_SMS_URL) {
		return { kind: 'nowhere', reason: "the number still points to Twilio's demo" };
	}
	return {
		kind: 'webhook',
		url: number.smsUrl,
		method: number.smsMethod,
		fallbackUrl: number.smsFallbackUrl || null,
		fallbackMethod: number.smsFallbackMethod,
	};
}
