import { countryOf, isShortCode } from '../../messaging/phone-number';
import { entriesOf, isObject, readIfAllowed } from './read-if-allowed';
import type { TwilioClient } from './twilio-client';

/** Who texts: a number, a Messaging Service, or a number of a Messaging Service's pool. */
export interface Sender {
	from?: string;
	messagingServiceSid?: string;
}

export interface SenderRate {
	/** What Twilio passes on to the carriers; the rest waits in its queue. */
	segmentsPerSecond: number;
	/** Twilio said so of this sender, or it is what senders of its kind usually have. */
	source: 'twilio' | 'usual';
}

/** Segments a second, as Twilio gives them to senders that nothing else was agreed for. */
const USUAL = { shortCode: 100, tollFree: 3, northAmerican: 1, elsewhere: 10 };

const TOLL_FREE = /^\+1(?:800|833|844|855|866|877|888)/;

/** Twilio's largest page; a pool has 400 numbers at most. */
const WHOLE_POOL = { PageSize: 1_000 };

/**
 * How fast a sender may pass texts on: as its A2P campaign allows, else what is usual for its kind
 * or, together, for the senders of its pool. Undefined where nothing can be said.
 *
 * Three requests at most, one after the other two at most. Rejects only where the client's signal is
 * aborted.
 */
export async function readSenderRate(
	twilio: TwilioClient,
	{ from, messagingServiceSid }: Sender,
): Promise<SenderRate | undefined> {
	// A campaign is for the long codes of the United States, all of its Service together.
	if (messagingServiceSid && (!from || usualRate(from) === USUAL.northAmerican)) {
		const segmentsPerSecond = await campaignRate(twilio, messagingServiceSid);
		if (segmentsPerSecond) return { segmentsPerSecond, source: 'twilio' };
	}
	const senders = from ? [from] : await poolOf(twilio, messagingServiceSid);
	const segmentsPerSecond = senders.reduce((sum, sender) => sum + usualRate(sender), 0);
	return segmentsPerSecond > 0 ? { segmentsPerSecond, source: 'usual' } : undefined;
}

function usualRate(sender: string): number {
	if (isShortCode(sender)) return USUAL.shortCode;
	if (TOLL_FREE.test(sender)) return USUAL.tollFree;
	return /^(?:US|CA)$/.test(countryOf(sender) ?? '') ? USUAL.northAmerican : USUAL.elsewhere;
}

/** That of the slowest carrier: a list may be for its customers alone. */
async function campaignRate(twilio: TwilioClient, serviceSid: string): Promise<number | undefined> {
	const uri = `/Services/${serviceSid}/Compliance/Usa2p`;
	const campaigns = entriesOf(await readIfAllowed(twilio.messaging, uri), 'compliance');
	const limits = campaigns.find((one) => one['campaign_status'] === 'VERIFIED')?.['rate_limits'];
	const rates = Object.values(isObject(limits) ? limits : {})
		.map((carrier) => Number(isObject(carrier) && carrier['mps']))
		.filter((rate) => rate > 0);
	return rates.length > 0 ? Math.min(...rates) : undefined;
}

/** The numbers and short codes of a Service's pool, as far as they can be read. */
async function poolOf(twilio: TwilioClient, serviceSid: string | undefined): Promise<string[]> {
	if (!serviceSid) return [];
	const read = async (part: string) =>
		await readIfAllowed(twilio.messaging, `/Services/${serviceSid}/${part}`, WHOLE_POOL);
	const [numbers, shortCodes] = await Promise.all([read('PhoneNumbers'), read('ShortCodes')]);
	return [
		...entriesOf(numbers, 'phone_numbers').map((one) => one['phone_number']),
		...entriesOf(shortCodes, 'short_codes').map((one) => one['short_code']),
	].filter((sender) => typeof sender === 'string');
}
