import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { estimateCost, readPrices } from '../../../nodes/shared/twilio/api/message-price';
import { readSenderRate } from '../../../nodes/shared/twilio/api/sender-rate';
import { twilioClient, type TwilioClient } from '../../../nodes/shared/twilio/api/twilio-client';
import { startTwilioEmulator, type TwilioEmulator } from '../../../emulator/twilio-emulator';
import type { ServiceOptions } from '../../../emulator/twilio/setup';
import { basicAuthHttp } from '../../support/basic-auth-http';

const [US, BRITISH] = ['+14155550100', '+447700900123'] as const;

let twilio: TwilioEmulator;
let accountSid: string;
let client: TwilioClient;

beforeAll(async () => {
	twilio = await startTwilioEmulator();
	const account = twilio.addAccount();
	({ accountSid } = account);
	client = twilioClient(
		{ accountSid, apiBaseUrl: twilio.baseUrl },
		basicAuthHttp(accountSid, account.authToken),
	);
	for (const phoneNumber of [US, BRITISH]) twilio.addNumber(accountSid, { phoneNumber });
});
afterAll(() => twilio.close());

const rateOf = async (options: ServiceOptions) =>
	await readSenderRate(client, {
		messagingServiceSid: twilio.addService(accountSid, options).sid,
	});

it("reads a Service's rate from its campaign, or adds up its pool", async () => {
	const pool = await rateOf({ numbers: [US, BRITISH], shortCodes: ['72345'] });
	expect(pool).toEqual({ segmentsPerSecond: 111, source: 'usual' });
	const campaign = await rateOf({ campaign: { mps: 1.25 } });
	expect(campaign).toEqual({ segmentsPerSecond: 1.25, source: 'twilio' });
	expect(await rateOf({ campaign: { mps: 1.25, status: 'PENDING' } })).toBeUndefined();
});

it('reads prices, and estimates what a list costs', async () => {
	const segments = new Map([
		['US', 1_000],
		['GB', 10],
		['FR', 1],
	]);
	const prices = await readPrices(client, [...segments.keys()]);
	expect(estimateCost(segments, prices)).toEqual({
		amount: 8.763,
		currency: 'USD',
		withoutCountries: ['FR'],
	});
});
