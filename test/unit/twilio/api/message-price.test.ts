import { describe, expect, it } from '@jest/globals';
import {
	estimateCost,
	readPrices,
	segmentsByCountry,
} from '../../../../nodes/shared/twilio/api/message-price';
import { twilioClient } from '../../../../nodes/shared/twilio/api/twilio-client';
import { scriptedHttp } from '../../../support/scripted-http';

const account = { accountSid: `AC${'0'.repeat(32)}`, apiBaseUrl: 'https://api.twilio.com' };
const network = (...prices: unknown[]) => ({
	carrier: 'x',
	prices: prices.map((current_price) => ({ base_price: '9', current_price })),
});
const country = (price_unit: unknown, ...outbound_sms_prices: unknown[]) => ({
	body: JSON.stringify({ price_unit, outbound_sms_prices }),
});
const read = async (countries: string[], ...answers: Parameters<typeof scriptedHttp>) => {
	const http = scriptedHttp(...answers);
	const prices = await readPrices(twilioClient(account, http.client), countries);
	return { prices, urls: http.requests.map(({ url }) => url) };
};

describe('readPrices', () => {
	it("takes what the dearest network costs this account, in the account's currency", async () => {
		const answer = country(
			'usd',
			network('0.0075', '0.0079'),
			network(0.0083, null),
			network(),
		);
		const { prices, urls } = await read(['US'], answer);
		expect([...prices]).toEqual([['US', { amount: 0.0083, currency: 'USD' }]]);
		expect(urls).toEqual(['https://pricing.twilio.com/v1/Messaging/Countries/US']);
	});

	it.each([
		['a refusal', { status: 403, body: '{"code":20403}' }],
		['an unknown country', { status: 404, body: '{"code":20404}' }],
		['a country without prices', country('USD')],
		['a price in no currency', country(null, network('1'))],
	])('leaves out %s', async (_, answer) => {
		const { prices } = await read(['US', 'GB'], answer, country('USD', network('0.04')));
		expect([...prices.keys()]).toEqual(['GB']);
	});

	it('asks for the first five countries, and not for numbers of none', async () => {
		const answers = Array<object>(5).fill(country('USD', network('1')));
		const { prices } = await read(['ZZ', 'US', 'GB', 'DE', 'FR', 'IT', 'ES'], ...answers);
		expect([...prices.keys()]).toEqual(['US', 'GB', 'DE', 'FR', 'IT']);
	});

	it('ends with the execution', async () => {
		const stopped = Object.assign(new Error('stopped'), { name: 'AbortError' });
		await expect(read(['US'], stopped)).rejects.toBe(stopped);
	});
});

it('counts segments by country, the most first', () => {
	const texts = [
		{ to: '+447700900123', segments: 1 },
		{ to: '+12065550142', segments: 2 },
		{ to: '+8705550142', segments: 1 },
		{ to: '+12065550143', segments: 1 },
	];
	expect([...segmentsByCountry(texts)]).toEqual([
		['US', 3],
		['GB', 1],
		['ZZ', 1],
	]);
});

describe('estimateCost', () => {
	const prices = new Map([['US', { amount: 0.1, currency: 'USD' }]]);

	it('adds up what is known and names the countries that are not', () => {
		const segments = new Map([
			['US', 3],
			['FR', 2],
		]);
		expect(estimateCost(segments, prices)).toEqual({
			amount: 0.3,
			currency: 'USD',
			withoutCountries: ['FR'],
		});
	});

	it('says nothing where no price is known', () => {
		expect(estimateCost(new Map([['US', 3]]), new Map())).toBeUndefined();
	});
});
