import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
	tellConsent,
	tellTwilio,
	type ConsentNews,
} from '../../../nodes/shared/twilio/api/consents';
import { twilioClient, type TwilioAccount } from '../../../nodes/shared/twilio/api/twilio-client';
import { startTwilioEmulator, type TwilioEmulator } from '../../../emulator/twilio-emulator';
import { basicAuthHttp } from '../../support/basic-auth-http';

const OURS = '+14155550100';
const CONTACT = '+12065550142';
const OPT_OUT: ConsentNews = {
	contact: CONTACT,
	senders: [OURS],
	status: 'optedOut',
	since: '2026-11-26T10:00:00.000Z',
	how: 'ownWords',
};

let twilio: TwilioEmulator;
let account: { accountSid: string; authToken: string };

beforeAll(async () => {
	twilio = await startTwilioEmulator();
	account = twilio.addAccount();
	twilio.addNumber(account.accountSid, { phoneNumber: OURS });
});
beforeEach(() => twilio.clear());
afterAll(() => twilio.close());

const client = (settings: Partial<TwilioAccount> = {}) =>
	twilioClient(
		{
			accountSid: account.accountSid,
			apiBaseUrl: twilio.baseUrl,
			tellConsents: true,
			...settings,
		},
		basicAuthHttp(account.accountSid, account.authToken),
	);

describe('telling Twilio what a contact wants', () => {
	it('writes an opt-out for each sender, and an opt-in that lifts it', async () => {
		const { sid } = twilio.addService(account.accountSid);
		await tellConsent(client(), { ...OPT_OUT, senders: [OURS, sid, OURS] });
		expect(twilio.consents).toEqual(
			[OURS, sid].map((sender) => ({
				accountSid: account.accountSid,
				contact: CONTACT,
				sender,
				status: 'opt-out',
				source: 'opt-out-message',
				dateOfConsent: OPT_OUT.since,
			})),
		);
		expect(twilio.isOptedOut(CONTACT, OURS)).toBe(true);

		await tellConsent(client(), { ...OPT_OUT, status: 'optedIn', how: 'person' });
		expect(twilio.consents.at(-1)).toMatchObject({ status: 're-opt-in', source: 'others' });
		expect(twilio.isOptedOut(CONTACT, OURS)).toBe(false);
	});

	it('rejects with what Twilio says of a field that it does not take', async () => {
		const told = tellConsent(client(), { ...OPT_OUT, contact: 'Maria' });
		await expect(told).rejects.toMatchObject({
			code: 30646,
			message: expect.stringContaining('INVALID_CONTACT_ID'),
		});
		expect(twilio.consents).toEqual([]);
	});

	it('goes to the address of its own where the credential has one', async () => {
		const elsewhere = client({
			apiBaseUrl: 'https://api.twilio.com',
			consentsBaseUrl: twilio.baseUrl,
		});
		expect(await tellTwilio(elsewhere, OPT_OUT)).toBeUndefined();
		expect(twilio.consents).toHaveLength(1);
	});

	it('is not done unless the credential asks for it, nor where Twilio itself told us', async () => {
		expect(await tellTwilio(client({ tellConsents: false }), OPT_OUT)).toBeUndefined();
		expect(await tellTwilio(client(), { ...OPT_OUT, how: 'twilio' })).toBeUndefined();
		expect(twilio.requests).toEqual([]);
	});

	it('says why it failed, and rejects nothing', async () => {
		twilio.faults.next({ kind: '503' });
		expect(await tellTwilio(client(), OPT_OUT)).toMatch(/^Twilio could not be told of it: /);
		expect(twilio.consents).toEqual([]);
	});
});
