import { PhoneNumberListInstance } from 'twilio/lib/rest/lookups/v2/phoneNumber';
import type { TwilioClient } from './twilio-client';

/** Lines that no text reaches. */
const CANNOT_TEXT = new Set([
	'landline',
	'tollFree',
	'premium',
	'sharedCost',
	'uan',
	'voicemail',
	'pager',
]);

/**
 * The kind of line, in Twilio's words (`mobile`, `landline`, `fixedVoip`...); null where Twilio does
 * not know. Each look-up costs money. Rejects with TwilioApiError or NoAnswerError.
 */
export async function lineTypeOf(
	client: TwilioClient,
	phoneNumber: string,
): Promise<string | null> {
	const found = await PhoneNumberListInstance(client.lookups)(phoneNumber).fetch({
		fields: 'line_type_intelligence',
	});
	const { type } = (found.lineTypeIntelligence ?? {}) as { type?: string | null };
	return type ?? null;
}

export function canReceiveTexts(lineType: string | null): boolean {
	return lineType === null || !CANNOT_TEXT.has(lineType);
}
