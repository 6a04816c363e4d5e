import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import twilioSdk from 'twilio';
import { startWebhookApp, type WebhookApp } from './support/webhook-app';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';
import type { AccountRecord, NumberRecord } from '../../emulator/twilio/records';

const CONTACT = '+12065550142';
const OURS = '+14155550100';
const PUBLIC = 'https://sms.example.com';

let app: WebhookApp;
let twilio: TwilioEmulator;
let account: AccountRecord;
let number: NumberRecord;

beforeEach(async () => {
	app = await startWebhookApp();
	twilio = await startTwilioEmulator({ hosts: { [PUBLIC]: app.baseUrl }, webhookTimeoutMs: 300 });
	account = twilio.addAccount();
	number = twilio.addNumber(account.accountSid, {
		phoneNumber: OURS,
		smsUrl: `${PUBLIC}/sms?a=1#rc=0`,
	});
});
afterEach(async () => {
	await twilio.close();
	await app.close();
});

const text = (body = 'Hello', more = {}) =>
	twilio.textFromContact({ from: CONTACT, to: OURS, body, ...more });
const outcome = async () =>
	(await text()).deliveries.map(({ status, errorCode, fallback }) => ({
		status,
		errorCode,
		fallback,
	}));

describe('the request', () => {
	it('is a form with every field, signed for the public URL without its fragment', async () => {
		const { messageSid } = await text(' Hi & é 👋 ', { fields: { ProfileName: 'Sam' } });
		const [webhook] = app.received;
		expect(webhook).toMatchObject({ method: 'POST', path: '/sms?a=1' });
		expect(webhook?.headers).toMatchObject({
			host: 'sms.example.com',
			'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
			'i-twilio-idempotency-token': expect.stringMatching(/^[\da-f-]{36}$/),
		});
		const form = Object.fromEntries(webhook?.form ?? []);
		expect(form).toMatchObject({
			MessageSid: messageSid,
			SmsSid: messageSid,
			SmsMessageSid: messageSid,
			AccountSid: account.accountSid,
			From: CONTACT,
			To: OURS,
			Body: ' Hi & é 👋 ',
			NumMedia: '0',
			NumSegments: '1',
			SmsStatus: 'received',
			ApiVersion: '2010-04-01',
			FromCity: '',
			FromState: '',
			FromZip: '',
			ToCity: '',
			ToState: '',
			ToZip: '',
			ProfileName: 'Sam',
		});
		expect(form).not.toHaveProperty('MessagingServiceSid');
		const signature = String(webhook?.headers['x-twilio-signature']);
		expect(
			twilioSdk.validateRequest(account.authToken, signature, `${PUBLIC}/sms?a=1`, form),
		).toBe(true);
		expect(twilioSdk.validateRequest('other', signature, `${PUBLIC}/sms?a=1`, form)).toBe(
			false,
		);
	});

	it('is a signed GET without a form when the method is GET', async () => {
		number.smsMethod = 'GET';
		await text();
		const [webhook] = app.received;
		expect(webhook?.method).toBe('GET');
		expect(new URL(webhook?.path ?? '', PUBLIC).searchParams.get('Body')).toBe('Hello');
		const signature = String(webhook?.headers['x-twilio-signature']);
		expect(
			twilioSdk.validateRequest(account.authToken, signature, PUBLIC + webhook?.path, {}),
		).toBe(true);
	});

	it('serves media behind Basic authentication and a redirect that refuses credentials', async () => {
		await text('', { media: [{ contentType: 'image/png', data: Buffer.from('pixels') }] });
		const form = app.received[0]?.form;
		expect(form?.get('NumMedia')).toBe('1');
		expect(form?.get('MessageSid')).toMatch(/^MM/);
		expect(form?.get('MediaContentType0')).toBe('image/png');
		const url = form?.get('MediaUrl0') ?? '';
		expect((await fetch(url, { redirect: 'manual' })).status).toBe(401);
		const headers = {
			Authorization: `Basic ${btoa(`${account.accountSid}:${account.authToken}`)}`,
		};
		const redirect = await fetch(url, { redirect: 'manual', headers });
		expect(redirect.status).toBe(307);
		const location = redirect.headers.get('location') ?? '';
		expect((await fetch(location, { headers })).status).toBe(400);
		expect(await (await fetch(location)).text()).toBe('pixels');
	});
});

describe('who is told', () => {
	const join = (options = {}) =>
		twilio.addService(account.accountSid, { numbers: [OURS], ...options });

	it("is the number's URL when the Service defers to it, and the Service is named", async () => {
		const service = join({ inboundRequestUrl: `${PUBLIC}/service` });
		await text();
		expect(app.received.map(({ path }) => path)).toEqual(['/sms?a=1']);
		expect(app.received[0]?.form.get('MessagingServiceSid')).toBe(service.sid);
	});

	it("is the Service's URL when it does not defer", async () => {
		join({ useInboundWebhookOnNumber: false, inboundRequestUrl: `${PUBLIC}/service` });
		await text();
		expect(app.received.map(({ path }) => path)).toEqual(['/service']);
	});

	it('is nobody, with nothing in the log, when such a Service has no URL', async () => {
		join({ useInboundWebhookOnNumber: false });
		expect(await text()).toMatchObject({
			deliveries: [],
			undeliverable: expect.stringContaining('disabled'),
		});
		expect(app.received).toEqual([]);
		expect(twilio.messages()[0]?.logged).toBe(false);
	});

	it('is nobody when a TwiML App hides the URL, or the URL is the demo or empty', async () => {
		number.smsApplicationSid = `AP${'0'.repeat(32)}`;
		expect((await text()).undeliverable).toContain('TwiML App');
		number.smsApplicationSid = '';
		number.smsUrl = 'https://demo.twilio.com/welcome/sms/reply';
		expect((await text()).undeliverable).toContain('demo');
		number.smsUrl = '';
		expect((await text()).undeliverable).toContain('no webhook');
		expect(app.received).toEqual([]);
	});
});

describe('the answer', () => {
	it.each([
		['an empty response', {}, null, []],
		['no content', { status: 204, contentType: null, body: '' }, null, []],
		[
			'a message',
			{ body: '<Response><Message>Hi &amp; bye</Message></Response>' },
			null,
			['Hi & bye'],
		],
		[
			'a body in a message',
			{
				body: '<?xml version="1.0"?>\n<Response><Message><Body>One</Body></Message><Message>Two</Message></Response>',
			},
			null,
			['One', 'Two'],
		],
		[
			'plain text',
			{ contentType: 'text/plain; charset=utf-8', body: 'Plain' },
			null,
			['Plain'],
		],
		['JSON', { contentType: 'application/json', body: '{"ok":true}' }, 12300, []],
		['no Content-Type', { contentType: null, body: '<Response/>' }, 11200, []],
		['403', { status: 403 }, 11200, []],
		['500', { status: 500 }, 11200, []],
		[
			'an unescaped ampersand',
			{ body: '<Response><Message>a & b</Message></Response>' },
			12100,
			[],
		],
		['a blank before the XML header', { body: ' <?xml version="1.0"?><Response/>' }, 12100, []],
		['no root', { body: '' }, 12100, []],
		['an open element', { body: '<Response><Message>Hi</Response>' }, 12100, []],
		['another root', { body: '<Answer/>' }, 12102, []],
		['too much', { body: `<Response>${' '.repeat(65_536)}</Response>` }, 11750, []],
	])('of %s', async (_name, answer, errorCode, replies) => {
		app.answer = () => answer;
		const { deliveries } = await text();
		expect(deliveries).toMatchObject([
			{ errorCode, url: `${PUBLIC}/sms?a=1#rc=0`, ms: expect.any(Number) },
		]);
		const sent = twilio.messages({ direction: 'outbound-reply' });
		expect(sent.map(({ body }) => body)).toEqual(replies);
		for (const reply of sent) expect(reply).toMatchObject({ from: OURS, to: CONTACT });
	});

	it('that does not come in time is 11200', async () => {
		app.answer = () => new Promise(() => undefined);
		expect(await outcome()).toEqual([{ status: null, errorCode: 11200, fallback: false }]);
	});

	it('is followed through redirects, and a 302 loses the form', async () => {
		app.answer = ({ path }) =>
			path === '/there' ? {} : { status: 302, headers: { Location: '/there' } };
		expect(await outcome()).toMatchObject([{ status: 200, errorCode: null }]);
		expect(app.received[1]).toMatchObject({ method: 'GET', path: '/there' });
		app.answer = () => ({ status: 307, headers: { Location: '/round' } });
		expect(await outcome()).toMatchObject([{ errorCode: 11215 }]);
	});
});

describe('when delivery fails', () => {
	const refused = 'http://127.0.0.1:9/sms';

	it('tries once more only when there was no connection', async () => {
		number.smsUrl = refused;
		const { deliveries } = await text();
		expect(deliveries.map(({ attempt, errorCode }) => [attempt, errorCode])).toEqual([
			[1, 11205],
			[2, 11205],
		]);
		number.smsUrl = `${PUBLIC}/sms`;
		app.answer = () => ({ status: 500 });
		expect(await outcome()).toHaveLength(1);
	});

	it('does what the fragment of the URL asks for instead', async () => {
		number.smsUrl = `${PUBLIC}/sms#rc=2&rp=5xx`;
		app.answer = () => ({ status: 503 });
		expect(await outcome()).toHaveLength(3);
		const tokens = app.received.map(({ headers }) => headers['i-twilio-idempotency-token']);
		expect(new Set(tokens).size).toBe(1);
	});

	it('asks again after anything within the time that all attempts have together', async () => {
		const causes = [404, 503, 200];
		number.smsUrl = `${PUBLIC}/sms#rc=5&rp=all&rt=1000&tt=2500`;
		app.answer = () => ({ status: causes.shift() ?? 200 });
		expect((await outcome()).map(({ status }) => status)).toEqual([404, 503, 200]);
		app.answer = () => new Promise(() => undefined);
		const { deliveries } = await text();
		expect(deliveries).toHaveLength(3);
		expect(deliveries.reduce((sum, { ms }) => sum + ms, 0)).toBeLessThan(4_000);
	});

	it('calls the Fallback URL at once, signed for that URL, and says why', async () => {
		number.smsFallbackUrl = `${PUBLIC}/fallback`;
		app.answer = ({ path }) =>
			path === '/fallback' ? {} : { contentType: 'application/json', body: '{}' };
		expect(await outcome()).toEqual([
			{ status: 200, errorCode: 12300, fallback: false },
			{ status: 200, errorCode: null, fallback: true },
		]);
		const webhook = app.received[1];
		const form = Object.fromEntries(webhook?.form ?? []);
		expect(form).toMatchObject({
			ErrorCode: '12300',
			ErrorUrl: `${PUBLIC}/sms?a=1#rc=0`,
			Body: 'Hello',
		});
		const signature = String(webhook?.headers['x-twilio-signature']);
		expect(
			twilioSdk.validateRequest(account.authToken, signature, `${PUBLIC}/fallback`, form),
		).toBe(true);
	});
});

describe('webhooks sent by hand', () => {
	it('repeats a message, in turn or at once, under the same token', async () => {
		const { messageSid } = await text();
		await twilio.redeliver(messageSid, 2);
		await twilio.redeliver(messageSid, 3, { parallel: true });
		expect(app.received).toHaveLength(6);
		expect(new Set(app.received.map(({ form }) => form.toString())).size).toBe(1);
		expect(
			new Set(app.received.map(({ headers }) => headers['i-twilio-idempotency-token'])).size,
		).toBe(1);
	});

	it('forges: unsigned, wrongly signed, signed for another URL', async () => {
		const webhook = { url: `${PUBLIC}/sms`, params: { Body: 'Hi' } };
		const verdicts = async (more = {}): Promise<boolean> => {
			await twilio.deliver({ ...webhook, ...more });
			const signature = app.received.at(-1)?.headers['x-twilio-signature'];
			return twilioSdk.validateRequest(
				account.authToken,
				String(signature),
				webhook.url,
				webhook.params,
			);
		};
		expect(await verdicts({ token: account.authToken })).toBe(true);
		expect(await verdicts({ token: 'wrong' })).toBe(false);
		expect(await verdicts({ signature: 'rubbish' })).toBe(false);
		expect(await verdicts({ token: account.authToken, signedUrl: `${PUBLIC}/other` })).toBe(
			false,
		);
		expect(await verdicts()).toBe(false);
		expect(app.received.at(-1)?.headers).not.toHaveProperty('x-twilio-signature');
	});
});
