import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import twilioSdk, { type Twilio } from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient';
import RestException from 'twilio/lib/base/RestException';
import { startWebhookApp } from './support/webhook-app';
import { CALL, CALL_URL, SIGNED_BY_TWILIO, TOKEN } from '../support/signed-by-twilio';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';
import type { AccountRecord } from '../../emulator/twilio/records';
import { signRequest } from '../../emulator/twilio/signature';

const CONTACT = '+12065550142';
const OURS = '+14155550100';

let twilio: TwilioEmulator;
let account: AccountRecord;
let client: Twilio;

/** The SDK's own HTTP client, with every Twilio host replaced by the emulator. */
class RedirectedClient extends twilioSdk.RequestClient {
	override request<T>(options: RequestClient.RequestOptions<T>) {
		const { pathname, search } = new URL(options.uri);
		return super.request<T>({ ...options, uri: twilio.baseUrl + pathname + search });
	}
}

beforeAll(async () => {
	twilio = await startTwilioEmulator();
	account = twilio.addAccount();
	client = twilioSdk(account.accountSid, account.authToken, {
		httpClient: new RedirectedClient(),
	});
	twilio.addNumber(account.accountSid, { phoneNumber: OURS });
});
afterAll(() => twilio.close());

describe("Twilio's own SDK", () => {
	it('creates, fetches, lists over pages and removes messages', async () => {
		for (const body of ['1', '2', '3', '4', '5']) {
			const created = await client.messages.create({ to: CONTACT, from: OURS, body });
			expect(created).toMatchObject({ status: 'queued', body, direction: 'outbound-api' });
			expect(created.dateCreated).toBeInstanceOf(Date);
		}
		const all = await client.messages.list({ to: CONTACT, pageSize: 2 });
		expect(all.map(({ body }) => body)).toEqual(['5', '4', '3', '2', '1']);
		const sid = all[0]?.sid ?? '';
		await twilio.waitForMessage(
			(message) => message.sid === sid && message.status === 'delivered',
		);
		expect(await client.messages(sid).fetch()).toMatchObject({
			status: 'delivered',
			numSegments: '1',
		});
		expect(await client.messages(sid).update({ body: '' })).toMatchObject({ body: '' });
		expect(await client.messages(sid).remove()).toBe(true);
	});

	it('schedules and cancels through a Service', async () => {
		const { sid: messagingServiceSid } = await client.messaging.v1.services.create({
			friendlyName: 'Later',
		});
		const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: OURS });
		const service = client.messaging.v1.services(messagingServiceSid);
		await service.phoneNumbers.create({ phoneNumberSid: number?.sid ?? '' });
		const scheduled = await client.messages.create({
			to: CONTACT,
			messagingServiceSid,
			body: 'Later',
			scheduleType: 'fixed',
			sendAt: new Date(Date.now() + 3_600_000),
		});
		expect(scheduled).toMatchObject({ status: 'scheduled', from: null });
		const canceled = await client.messages(scheduled.sid).update({ status: 'canceled' });
		expect(canceled.status).toBe('canceled');
		expect(await service.phoneNumbers.list()).toMatchObject([
			{ phoneNumber: OURS, capabilities: ['SMS', 'MMS', 'Voice'] },
		]);
		expect(await service.phoneNumbers(number?.sid ?? '').remove()).toBe(true);
	});

	it('sets webhooks on a Service and on a number, and clears them', async () => {
		const service = twilio.addService(account.accountSid, { friendlyName: 'Hooks' });
		const updated = await client.messaging.v1.services(service.sid).update({
			inboundRequestUrl: 'https://n8n.example.com/webhook/1',
			useInboundWebhookOnNumber: false,
		});
		expect(updated).toMatchObject({
			inboundRequestUrl: 'https://n8n.example.com/webhook/1',
			useInboundWebhookOnNumber: false,
		});
		expect(service.useInboundWebhookOnNumber).toBe(false);
		const cleared = await client.messaging.v1
			.services(service.sid)
			.update({ inboundRequestUrl: '' });
		expect(cleared.inboundRequestUrl).toBeNull();
		const services = await client.messaging.v1.services.list({ pageSize: 1 });
		expect(services.map(({ sid }) => sid)).toContain(service.sid);

		const [number] = await client.incomingPhoneNumbers.list();
		expect(number).toMatchObject({ smsUrl: 'https://demo.twilio.com/welcome/sms/reply' });
		const hooked = await client
			.incomingPhoneNumbers(number?.sid ?? '')
			.update({ smsUrl: 'https://n8n.example.com/webhook/2', smsMethod: 'POST' });
		expect(hooked).toMatchObject({
			smsUrl: 'https://n8n.example.com/webhook/2',
			capabilities: { sms: true },
		});
	});

	it("reads a Service's short codes and its A2P campaign, with the carriers' rates", async () => {
		const { sid } = twilio.addService(account.accountSid, {
			shortCodes: ['72345'],
			campaign: { mps: 1.25 },
		});
		const service = client.messaging.v1.services(sid);
		expect(await service.shortCodes.list()).toMatchObject([{ shortCode: '72345' }]);
		expect(await service.usAppToPerson.list()).toMatchObject([
			{
				messagingServiceSid: sid,
				campaignStatus: 'VERIFIED',
				rateLimits: { att: { mps: 1.25 }, tmobile: { brand_tier: 'LOWER_MID' } },
			},
		]);
		expect((await service.fetch()).usAppToPersonRegistered).toBe(true);
		const without = twilio.addService(account.accountSid);
		expect(await client.messaging.v1.services(without.sid).usAppToPerson.list()).toEqual([]);
	});

	it('reads what a text to a country costs, where that is known', async () => {
		const { countries } = client.pricing.v1.messaging;
		expect(await countries('GB').fetch()).toMatchObject({
			isoCountry: 'GB',
			priceUnit: 'USD',
			outboundSmsPrices: [
				{ prices: [{ number_type: 'local', current_price: '0.0463' }, {}] },
				{},
			],
		});
		await expect(countries('XX').fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
	});

	it('lists calls by number, by day and by the call that rang a phone', async () => {
		const phone = '+14155550777';
		const app = await startWebhookApp();
		app.answer = () => ({ body: `<Response><Dial>${phone}</Dial></Response>` });
		const to = '+14155550101';
		twilio.addNumber(account.accountSid, { phoneNumber: to, voiceUrl: app.baseUrl });
		const call = async (minutesAgo: number, owner: 'answers' | 'rings out') =>
			await twilio.callFromContact({
				from: CONTACT,
				to,
				owner,
				startedAt: new Date(Date.UTC(2026, 0, 2) - minutesAgo * 60_000),
			});
		const missed = await call(10, 'rings out');
		const taken = await call(-10, 'answers');
		await app.close();
		const all = await client.calls.list({ to, pageSize: 1 });
		expect(all.map(({ sid, status, direction }) => [sid, status, direction])).toEqual([
			[taken.callSid, 'completed', 'inbound'],
			[missed.callSid, 'completed', 'inbound'],
		]);
		expect(all[1]?.startTime).toEqual(new Date('2026-01-01T23:50:00Z'));
		const since = await client.calls.list({ to, startTimeAfter: new Date('2026-01-02') });
		expect(since.map(({ sid }) => sid)).toEqual([taken.callSid]);
		const before = await client.calls.list({ to, startTimeBefore: new Date('2026-01-02') });
		expect(before.map(({ sid }) => sid)).toEqual([missed.callSid]);
		const [rang] = await client.calls.list({ parentCallSid: missed.callSid });
		expect(rang).toMatchObject({ to: phone, status: 'no-answer', direction: 'outbound-dial' });
		const [connected] = await client.calls.list({ parentCallSid: taken.callSid });
		expect(connected).toMatchObject({ to: phone, status: 'completed' });
	});

	it('reads a refusal as a RestException with its code', async () => {
		const opted = '+13125550167';
		await twilio.textFromContact({ from: opted, to: OURS, body: 'STOP' });
		const attempt = client.messages.create({ to: opted, from: OURS, body: 'Hi' });
		await expect(attempt).rejects.toBeInstanceOf(RestException);
		await expect(attempt).rejects.toMatchObject({
			status: 400,
			code: 21610,
			moreInfo: 'https://www.twilio.com/docs/errors/21610',
		});
		const stranger = twilioSdk(account.accountSid, 'wrong', {
			httpClient: new RedirectedClient(),
		});
		await expect(stranger.messages.list()).rejects.toMatchObject({ status: 401, code: 20003 });
		expect((await client.api.v2010.accounts(account.accountSid).fetch()).status).toBe('active');
	});
});

describe('the signature', () => {
	const hash = '&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';
	it.each([
		...SIGNED_BY_TWILIO,
		[
			'the port that https has anyway',
			CALL_URL.replace('.com', '.com:443'),
			CALL,
			'kvajT1Ptam85bY51eRf/AJRuM3w=',
		],
		[
			'the port that http has anyway',
			CALL_URL.replace('https://mycompany.com', 'http://mycompany.com:80'),
			CALL,
			'0ZXoZLH/DfblKGATFgpif+LLRf4=',
		],
		['the hash of a body', CALL_URL + hash, {}, 'a9nBmqA0ju/hNViExpshrM61xv4='],
	])('over %s is Twilio’s', (_what, url, form, expected) => {
		expect(signRequest(TOKEN, url, form)).toBe(expected);
		expect(twilioSdk.validateRequest(TOKEN, expected, url, form)).toBe(true);
		expect(signRequest('12346', url, form)).not.toBe(expected);
	});

	it('leaves out the fragment', () => {
		expect(signRequest(TOKEN, `${CALL_URL}#rc=2`, CALL)).toBe(
			signRequest(TOKEN, CALL_URL, CALL),
		);
	});
});
