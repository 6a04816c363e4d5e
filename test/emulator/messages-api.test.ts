import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from './support/api-client';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';
import type { AccountRecord, ServiceRecord } from '../../emulator/twilio/records';

const CONTACT = '+12065550142';
const OURS = '+14155550100';
const SECOND = '+14155550111';
const OUTSIDE = '+14155550122';
const THEIRS = '+14155550199';

let twilio: TwilioEmulator;
let account: AccountRecord;
let service: ServiceRecord;
let api: ApiClient;

beforeAll(async () => {
	twilio = await startTwilioEmulator();
	account = twilio.addAccount();
	for (const phoneNumber of [OURS, SECOND, OUTSIDE]) {
		twilio.addNumber(account.accountSid, { phoneNumber });
	}
	twilio.addNumber(twilio.addAccount().accountSid, { phoneNumber: THEIRS });
	service = twilio.addService(account.accountSid, { numbers: [OURS, SECOND] });
	api = new ApiClient(twilio.baseUrl, account);
});
afterAll(() => twilio.close());
beforeEach(() => twilio.clear());

const inMinutes = (minutes: number): string =>
	new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+Z/, 'Z');

describe('creating a message', () => {
	const empty = () => twilio.addService(account.accountSid).sid;
	it.each([
		[21604, 400, { From: OURS, Body: 'Hi' }],
		[21603, 400, { To: CONTACT, Body: 'Hi' }],
		[21602, 400, { To: CONTACT, From: OURS }],
		[21602, 400, { To: CONTACT, From: OURS, Body: '' }],
		[21211, 400, { To: '2065550142', From: OURS, Body: 'Hi' }],
		[21211, 400, { To: OURS, From: OURS, Body: 'Hi' }],
		[21212, 400, { To: CONTACT, From: 'office', Body: 'Hi' }],
		[21659, 400, { To: CONTACT, From: '+14155559999', Body: 'Hi' }],
		[21660, 400, { To: CONTACT, From: THEIRS, Body: 'Hi' }],
		[21617, 400, { To: CONTACT, From: OURS, Body: 'x'.repeat(1601) }],
		[21620, 400, { To: CONTACT, From: OURS, MediaUrl: 'picture.png' }],
		[
			21620,
			400,
			{
				To: CONTACT,
				From: OURS,
				MediaUrl: Array<string>(11).fill('https://a.example/1.png'),
			},
		],
		[21705, 400, { To: CONTACT, MessagingServiceSid: 'MG123', Body: 'Hi' }],
		[21701, 404, { To: CONTACT, MessagingServiceSid: `MG${'0'.repeat(32)}`, Body: 'Hi' }],
	])('is refused with %i (HTTP %i) for %j', async (code, status, form) => {
		expect(await api.send(form)).toMatchObject({
			status,
			json: { code, status, more_info: `https://www.twilio.com/docs/errors/${code}` },
		});
		expect(twilio.messages()).toEqual([]);
	});

	it('is refused for an empty pool, and for a sender that is not in the pool', async () => {
		const lone = await api.send({ To: CONTACT, MessagingServiceSid: empty(), Body: 'Hi' });
		expect(lone.json).toMatchObject({ code: 21704 });
		const foreign = {
			To: CONTACT,
			From: OUTSIDE,
			MessagingServiceSid: service.sid,
			Body: 'Hi',
		};
		expect((await api.send(foreign)).json).toMatchObject({ code: 21711 });
	});

	it.each([
		[35118, { From: OURS }, {}],
		[35111, {}, {}],
		[35115, {}, { SendAt: 'tomorrow' }],
		[35114, {}, { SendAt: inMinutes(2) }],
		[35115, {}, { SendAt: inMinutes(36 * 24 * 60) }],
	])('is refused with %i when it cannot be scheduled', async (code, sender, when) => {
		const from = 'From' in sender ? sender : { MessagingServiceSid: service.sid };
		const sent = await api.send({
			To: CONTACT,
			Body: 'Hi',
			ScheduleType: 'fixed',
			...from,
			...when,
		});
		expect(sent.json).toMatchObject({ code });
	});

	it('answers with the initial state, ignores unknown parameters and delivers soon after', async () => {
		const sent = await api.send({ To: CONTACT, From: OURS, Body: 'Hi', Surprise: '1' });
		expect(sent.status).toBe(201);
		expect(sent.json).toMatchObject({
			sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
			status: 'queued',
			from: OURS,
			num_segments: '1',
			num_media: '0',
			date_sent: null,
			price: null,
			direction: 'outbound-api',
			error_code: null,
		});
		expect(sent.headers.get('Twilio-Request-Id')).toMatch(/^RQ[0-9a-f]{32}$/);
		const done = await twilio.waitForMessage(({ status }) => status === 'delivered');
		expect((await api.get(api.under(`Messages/${done.sid}.json`))).json).toMatchObject({
			status: 'delivered',
			date_sent: expect.stringMatching(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/),
		});
	});

	it('lets a Service choose the sender afterwards, and stays with it for a contact', async () => {
		const form = { To: CONTACT, MessagingServiceSid: service.sid, Body: 'Hi' };
		const sent = await api.send(form);
		expect(sent.json).toMatchObject({ status: 'accepted', from: null, num_segments: '0' });
		const first = await twilio.waitForMessage(({ status }) => status === 'delivered');
		await api.send({ ...form, To: '+13125550167' });
		await api.send({ ...form, Body: 'Again' });
		const again = await twilio.waitForMessage(
			(message) => message.body === 'Again' && message.from !== null,
		);
		expect(again.from).toBe(first.from);
		const other = await twilio.waitForMessage(
			({ to, from }) => to === '+13125550167' && from !== null,
		);
		expect(other.from).not.toBe(first.from);
	});

	it('counts segments as Twilio bills them', async () => {
		const segments = async (Body: string, more = {}): Promise<unknown> =>
			(await api.send({ To: CONTACT, From: OURS, Body, ...more })).json['num_segments'];
		expect(await segments('x'.repeat(160))).toBe('1');
		expect(await segments('x'.repeat(161))).toBe('2');
		expect(await segments('é'.repeat(70) + '€'.repeat(46))).toBe('2');
		expect(await segments('ж'.repeat(71))).toBe('2');
		expect(await segments('“' + 'x'.repeat(80) + '”')).toBe('2');
		expect(await segments('“' + 'x'.repeat(80) + '”', { SmartEncoded: 'true' })).toBe('1');
	});

	it('ends as undelivered or failed on demand, with the code', async () => {
		twilio.faults.next({ kind: 'undelivered', code: 30003 });
		await api.send({ To: CONTACT, From: OURS, Body: 'One' });
		const lost = await twilio.waitForMessage(({ status }) => status === 'undelivered');
		expect(lost).toMatchObject({ errorCode: 30003, errorMessage: expect.any(String) });
		twilio.faults.next({ kind: 'failed', code: 30034 });
		await api.send({ To: CONTACT, From: OURS, Body: 'Two' });
		expect(await twilio.waitForMessage(({ status }) => status === 'failed')).toMatchObject({
			errorCode: 30034,
		});
	});
});

describe('changing a message', () => {
	it('cancels one that is scheduled, and only that', async () => {
		const form = {
			To: CONTACT,
			MessagingServiceSid: service.sid,
			Body: 'Later',
			ScheduleType: 'fixed',
		};
		const sent = await api.send({ ...form, SendAt: inMinutes(60) });
		expect(sent).toMatchObject({ status: 201, json: { status: 'scheduled' } });
		const path = api.under(`Messages/${String(sent.json['sid'])}.json`);
		expect((await api.post(path, { Status: 'canceled' })).json).toMatchObject({
			status: 'canceled',
		});
		expect(await api.post(path, { Status: 'canceled' })).toMatchObject({ status: 409 });
	});

	it('sends a scheduled one when the time has come', async () => {
		const form = {
			To: CONTACT,
			MessagingServiceSid: service.sid,
			Body: 'Later',
			ScheduleType: 'fixed',
		};
		const sent = await api.send({ ...form, SendAt: inMinutes(60) });
		twilio.releaseScheduled(String(sent.json['sid']));
		const done = await twilio.waitForMessage(({ status }) => status === 'delivered');
		expect(done.sid).toBe(sent.json['sid']);
	});

	it('blanks and deletes one that is finished, not one under way', async () => {
		const slow = await startTwilioEmulator({ deliveryMs: 60_000 });
		const other = slow.addAccount();
		slow.addNumber(other.accountSid, { phoneNumber: OURS });
		const slowApi = new ApiClient(slow.baseUrl, other);
		const pending = await slowApi.send({ To: CONTACT, From: OURS, Body: 'Hi' });
		const pendingPath = slowApi.under(`Messages/${String(pending.json['sid'])}.json`);
		expect((await slowApi.delete(pendingPath)).json).toMatchObject({ code: 20009 });
		await slow.close();

		await api.send({ To: CONTACT, From: OURS, Body: 'Hi' });
		const { sid } = await twilio.waitForMessage(({ status }) => status === 'delivered');
		const path = api.under(`Messages/${sid}.json`);
		expect((await api.post(path, { Body: '' })).json).toMatchObject({ body: '' });
		expect((await api.delete(path)).status).toBe(204);
		expect((await api.get(path)).json).toMatchObject({ code: 20404, status: 404 });
	});
});

describe('listing messages', () => {
	it('gives the newest first, by filter, page by page, however many come in between', async () => {
		for (const Body of ['1', '2', '3', '4', '5'])
			await api.send({ To: CONTACT, From: OURS, Body });
		await api.send({ To: '+13125550167', From: OURS, Body: 'other' });
		const bodies = ({ json }: { json: Record<string, unknown> }): string[] =>
			(json['messages'] as Array<{ body: string }>).map(({ body }) => body);
		const query = new URLSearchParams({ To: CONTACT, PageSize: '2' }).toString();
		const first = await api.get(api.under(`Messages.json?${query}`));
		expect(bodies(first)).toEqual(['5', '4']);
		await api.send({ To: CONTACT, From: OURS, Body: '6' });
		const second = await api.get(String(first.json['next_page_uri']));
		expect(bodies(second)).toEqual(['3', '2']);
		const third = await api.get(String(second.json['next_page_uri']));
		expect(bodies(third)).toEqual(['1']);
		expect(third.json['next_page_uri']).toBeNull();
	});

	it('gives a text of earlier its place by when it came', async () => {
		const hours = (ago: number) => new Date(Date.now() - ago * 3_600_000);
		const from = CONTACT;
		await twilio.textFromContact({ from, to: OUTSIDE, body: 'an hour ago', at: hours(1) });
		await twilio.textFromContact({ from, to: OUTSIDE, body: 'now' });
		await twilio.textFromContact({ from, to: OUTSIDE, body: 'a day ago', at: hours(24) });
		const { json } = await api.get(api.under('Messages.json'));
		const listed = json['messages'] as Array<Record<string, string>>;
		expect(listed.map(({ body }) => body)).toEqual(['now', 'an hour ago', 'a day ago']);
		const dated = Date.parse(listed[1]?.['date_created'] ?? '');
		expect(Math.abs(dated - hours(1).getTime())).toBeLessThan(60_000);
	});

	it('filters by the day a message was sent', async () => {
		await api.send({ To: CONTACT, From: OURS, Body: 'Hi' });
		await twilio.waitForMessage(({ status }) => status === 'delivered');
		const today = new Date().toISOString().slice(0, 10);
		const count = async (filter: Record<string, string>): Promise<number> => {
			const query = new URLSearchParams(filter).toString();
			return (
				(await api.get(api.under(`Messages.json?${query}`))).json['messages'] as unknown[]
			).length;
		};
		expect(await count({ DateSent: today })).toBe(1);
		expect(await count({ 'DateSent>': today })).toBe(1);
		expect(await count({ 'DateSent<': '2020-01-01' })).toBe(0);
		expect(await count({ DateSent: '2020-01-01' })).toBe(0);
	});
});
