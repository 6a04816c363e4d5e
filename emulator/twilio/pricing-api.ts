import { Router } from 'express';
import type { ApiGate } from './api-gate';
import { notFound } from './messages-api';

/** Dollars for a segment from a local number and from a short code; countries that are not here have no price. */
const PRICES: Readonly<Record<string, { country: string; local: string; shortCode: string }>> = {
	US: { country: 'United States', local: '0.0083', shortCode: '0.0079' },
	CA: { country: 'Canada', local: '0.0083', shortCode: '0.0100' },
	GB: { country: 'United Kingdom', local: '0.0463', shortCode: '0.0441' },
	DE: { country: 'Germany', local: '0.0889', shortCode: '0.0889' },
};

/** Pricing v1: what texts cost. Every network of a country asks the same. */
export function pricingApi(gate: ApiGate, baseUrl: () => string): Router {
	const router = Router({ caseSensitive: true });
	router.get(
		'/v1/Messaging/Countries/:isoCountry',
		gate(({ path, url }) => {
			const isoCountry = path['isoCountry'] ?? '';
			const prices = PRICES[isoCountry];
			if (!prices) throw notFound(url);
			const { country, local, shortCode } = prices;
			return {
				status: 200,
				body: {
					country,
					iso_country: isoCountry,
					outbound_sms_prices: ['Emulated Carrier', 'Other'].map((carrier, index) => ({
						carrier,
						mcc: '310',
						mnc: `45${index}`,
						prices: [price('local', local), price('shortcode', shortCode)],
					})),
					inbound_sms_prices: [price('local', local)],
					price_unit: 'USD',
					url: baseUrl() + url,
				},
			};
		}),
	);
	return router;
}

/** As text, which is not what Twilio's OpenAPI file says, but what its examples show. */
function price(numberType: string, amount: string): Record<string, string> {
	return { number_type: numberType, base_price: amount, current_price: amount };
}
