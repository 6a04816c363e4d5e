import type { SendServices } from '../../shared/sending/outbound-draft';
import { estimateCost, readPrices, segmentsByCountry } from '../../shared/twilio/api/message-price';
import type { PlannedText } from '../plan-text';

/** What segments cost at most, in words ("8.06 USD"); undefined where Twilio does not say. */
export type CostOf = (segmentsTo: ReadonlyMap<string, number>) => Promise<string | undefined>;

/** Asks Twilio for the prices while the list goes out, so that nobody waits for them at its end. */
export function costReader({ twilio }: SendServices, planned: readonly PlannedText[]): CostOf {
	const texts = planned.map(({ addressing: { to } }) => ({ to, segments: 1 }));
	const prices = readPrices(twilio, [...segmentsByCountry(texts).keys()]);
	// It is said where it is needed, and need not be where the list fails.
	prices.catch(() => undefined);
	return async (segmentsTo) => {
		const sent = [...segmentsTo].map(([to, segments]) => ({ to, segments }));
		const cost = estimateCost(segmentsByCountry(sent), await prices);
		if (!cost) return undefined;
		const { amount, currency, withoutCountries } = cost;
		const without =
			withoutCountries.length === 0 ? '' : `, without ${withoutCountries.join(', ')}`;
		return `${amount.toFixed(2)} ${currency}${without}`;
	};
}
