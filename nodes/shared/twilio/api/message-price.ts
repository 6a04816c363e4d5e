import { countryOf } from '../../messaging/phone-number';
import { entriesOf, isObject, readIfAllowed } from './read-if-allowed';
import type { TwilioClient } from './twilio-client';

export interface SegmentPrice {
	/** Of one outbound segment to the dearest network of the country, from the dearest kind of sender. */
	amount: number;
	/** Of the account, as ISO 4217 has it: USD, EUR ... */
	currency: string;
}

export interface CostEstimate {
	/** At most, and without what carriers and failed texts cost beside the segments. */
	amount: number;
	currency: string;
	/** Countries whose price is not known; their segments are not in the amount. */
	withoutCountries: string[];
}

/** Of a number that belongs to no country, such as a satellite's. */
const NO_COUNTRY = 'ZZ';

/** A list is mostly for one or two; each costs a request. */
const MOST_COUNTRIES = 5;

/** Segments by the country that they go to, the country with the most first. */
export function segmentsByCountry(
	texts: Iterable<{ to: string; segments: number }>,
): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { to, segments } of texts) {
		const country = countryOf(to) ?? NO_COUNTRY;
		counts.set(country, (counts.get(country) ?? 0) + segments);
	}
	return new Map([...counts].sort(([, one], [, other]) => other - one));
}

/**
 * What Twilio asks of this account for a segment, by country. The first five countries are looked up,
 * side by side; one of which Twilio says nothing is not in the map. Rejects only where the client's
 * signal is aborted.
 *
 * @param countries ISO 3166 codes ("US"), those with the most segments first.
 */
export async function readPrices(
	twilio: TwilioClient,
	countries: readonly string[],
): Promise<Map<string, SegmentPrice>> {
	const asked = countries.filter((country) => country !== NO_COUNTRY).slice(0, MOST_COUNTRIES);
	const prices = await Promise.all(
		asked.map(async (country) => {
			const uri = `/Messaging/Countries/${country}`;
			return [country, priceIn(await readIfAllowed(twilio.pricing, uri))] as const;
		}),
	);
	return new Map(prices.flatMap(([country, price]) => (price ? [[country, price]] : [])));
}

/** Which network a number is on is not known beforehand, so the dearest counts. */
function priceIn(answer: unknown): SegmentPrice | undefined {
	const currency = isObject(answer) ? answer['price_unit'] : undefined;
	const amounts = entriesOf(answer, 'outbound_sms_prices')
		.flatMap((network) => entriesOf(network, 'prices'))
		.map((price) => Number(price['current_price'] ?? NaN))
		.filter((amount) => amount >= 0);
	if (typeof currency !== 'string' || amounts.length === 0) return undefined;
	return { amount: Math.max(...amounts), currency: currency.toUpperCase() };
}

/** Undefined where no price is known. */
export function estimateCost(
	segments: ReadonlyMap<string, number>,
	prices: ReadonlyMap<string, SegmentPrice>,
): CostEstimate | undefined {
	const [first] = prices.values();
	if (!first) return undefined;
	const { currency } = first;
	const withoutCountries: string[] = [];
	let sum = 0;
	for (const [country, count] of segments) {
		const price = prices.get(country);
		if (price) sum += count * price.amount;
		else withoutCountries.push(country);
	}
	// Twilio's prices have four or five decimals; what lies behind comes of adding.
	return { amount: Number(sum.toFixed(5)), currency, withoutCountries };
}
