import { Router } from 'express';
import { ApiError } from './api-error';
import type { ApiGate } from './api-gate';
import { filled } from './form';
import type { TwilioState } from './state';

/** Lookup v2: what kind of line a number has. `state.lineTypes` says it; mobile where it does not. */
export function lookupsApi(state: TwilioState, gate: ApiGate, baseUrl: () => string): Router {
	const router = Router({ caseSensitive: true });
	router.get(
		'/v2/PhoneNumbers/:phoneNumber',
		gate(({ path, query }) => {
			const phoneNumber = path['phoneNumber'] ?? '';
			if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber)) throw new ApiError(20404);
			const fields = filled(query, 'Fields')?.split(',') ?? [];
			return {
				status: 200,
				body: lookupJson(phoneNumber, {
					url: `${baseUrl()}/v2/PhoneNumbers/${phoneNumber}`,
					lineType: fields.includes('line_type_intelligence')
						? (state.lineTypes.get(phoneNumber) ?? 'mobile')
						: undefined,
				}),
			};
		}),
	);
	return router;
}

function lookupJson(
	phoneNumber: string,
	{ url, lineType }: { url: string; lineType: string | undefined },
): Record<string, unknown> {
	return {
		calling_country_code: '1',
		country_code: 'US',
		phone_number: phoneNumber,
		national_format: phoneNumber.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '($1) $2-$3'),
		valid: true,
		validation_errors: [],
		caller_name: null,
		sim_swap: null,
		call_forwarding: null,
		line_type_intelligence:
			lineType === undefined
				? null
				: {
						mobile_country_code: lineType === 'mobile' ? '310' : null,
						mobile_network_code: lineType === 'mobile' ? '456' : null,
						carrier_name: 'Emulated Carrier',
						type: lineType,
						error_code: null,
					},
		line_status: null,
		identity_match: null,
		reassigned_number: null,
		sms_pumping_risk: null,
		phone_number_quality_score: null,
		pre_fill: null,
		url,
	};
}
