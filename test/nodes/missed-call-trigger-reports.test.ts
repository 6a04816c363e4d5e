import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { listenWebhook } from './support/call-webhook';
import { CALLER, openCallBench, type CallBench, type PublishedTrigger } from './support/call-bench';

const SECRET = 'a-secret-of-the-phone-system';
const BEARER = { authorization: `Bearer ${SECRET}` };
const JSON_BODY = { 'content-type': 'application/json' };

let bench: CallBench;

beforeEach(async () => {
	bench = await openCallBench();
});

afterEach(async () => {
	await bench.close();
});

const publish = async (parameters: INodeParameters = {}) =>
	await bench.publish(
		{ receiveOn: 'elsewhere', options: { defaultCountry: 'US' }, ...parameters },
		{ credential: { callReportSecret: SECRET } },
	);

const report = async (
	trigger: PublishedTrigger,
	body: IDataObject,
	headers: Record<string, string> = BEARER,
) => await trigger.call({ body: JSON.stringify(body), headers: { ...JSON_BODY, ...headers } });

const MISSED = { from: '(415) 555-0123', to: '+14155550999', call_id: 'c-1', status: 'no-answer' };

describe('a report of a call', () => {
	it('that nobody took starts a run for the contact, from the Messaging Service', async () => {
		const trigger = await publish();
		expect((await report(trigger, MISSED)).status).toBe(200);
		expect(await trigger.started()).toMatchObject([
			{
				event: 'missedCall',
				contact: CALLER,
				called: '+14155550999',
				callSid: 'c-1',
				dialCallStatus: 'no-answer',
				sender: null,
				messagingServiceSid: null,
				rang: [],
				voicemail: null,
			},
		]);
		expect(bench.number.voiceUrl).toContain('demo.twilio.com');
	});

	it('with a number without its country code starts nothing where no country is given', async () => {
		const trigger = await publish({ options: {} });
		expect((await report(trigger, MISSED)).status).toBe(200);
		expect(await trigger.started()).toEqual([]);
		expect(trigger.warnings).toEqual([expect.stringContaining('set Default Country')]);
	});

	it('comes as a form too', async () => {
		const trigger = await publish();
		await trigger.call({ form: MISSED, headers: BEARER });
		expect(await trigger.started()).toHaveLength(1);
	});

	it('that somebody took starts nothing', async () => {
		const trigger = await publish();
		const { status } = await report(trigger, { ...MISSED, status: 'completed' });
		expect(status).toBe(200);
		expect(await trigger.started()).toEqual([]);
	});

	it('that comes twice counts once', async () => {
		const trigger = await publish({
			options: { defaultCountry: 'US', windowMinutes: 0 },
		});
		await report(trigger, MISSED);
		await report(trigger, MISSED);
		expect(await trigger.started()).toHaveLength(1);
	});

	it('is read by the fields that the builder names', async () => {
		const trigger = await publish({
			contactField: 'data.caller',
			calledField: 'data.line',
			callIdField: 'id',
			statusField: 'data.answered',
			missedValues: 'false',
		});
		await report(trigger, {
			id: 7,
			data: { caller: CALLER, line: '+14155550999', answered: false },
		});
		expect(await trigger.started()).toMatchObject([
			{ contact: CALLER, callSid: '7', dialCallStatus: 'false' },
		]);
	});

	it('without a field that is needed gets 400 with its name', async () => {
		const trigger = await publish();
		const { status, body } = await report(trigger, { from: CALLER });
		expect(status).toBe(400);
		expect(body).toContain('no field \\"status\\"');
		expect(await trigger.started()).toEqual([]);
	});

	it('of an anonymous caller starts nothing', async () => {
		const trigger = await publish();
		await report(trigger, { ...MISSED, from: 'anonymous' });
		expect(await trigger.started()).toEqual([]);
	});
});

describe('the secret', () => {
	it.each([
		['as a bearer token', BEARER],
		['in X-Webhook-Secret', { 'x-webhook-secret': SECRET }],
		['in X-Vapi-Secret', { 'x-vapi-secret': SECRET }],
	])('is taken %s', async (_how, headers) => {
		const trigger = await publish();
		expect((await report(trigger, MISSED, headers as Record<string, string>)).status).toBe(200);
	});

	it.each([
		['missing', {}],
		['empty', { authorization: 'Bearer ' }],
		['wrong', { authorization: 'Bearer a-secret-of-the-phone-systen' }],
		['longer', { 'x-webhook-secret': `${SECRET}!` }],
	])('that is %s gets 403, starts nothing and is not told', async (_how, headers) => {
		const trigger = await publish();
		const { status, body } = await report(trigger, MISSED, headers);
		expect(status).toBe(403);
		expect(body).not.toContain(SECRET);
		expect(await trigger.started()).toEqual([]);
	});

	it('that is wrong again and again has the credential read a few times only', async () => {
		const setup = bench.setup(
			{ receiveOn: 'elsewhere' },
			{ credential: { callReportSecret: SECRET } },
		);
		const data = setup.credentials?.['twilioMessagingApi'];
		let readings = 0;
		const counted = {
			get twilioMessagingApi() {
				readings += 1;
				return data ?? {};
			},
		};
		const trigger = await listenWebhook({ ...setup, credentials: counted });
		try {
			const forged = { ...JSON_BODY, authorization: 'Bearer guessed' };
			for (let guess = 0; guess < 20; guess += 1) {
				await trigger.call({ body: JSON.stringify(MISSED), headers: forged });
			}
			expect(readings).toBeGreaterThan(1);
			expect(readings).toBeLessThan(12);
		} finally {
			await trigger.close();
		}
	});

	it('that is not set lets nobody in', async () => {
		const unset = await listenWebhook(
			bench.setup({ receiveOn: 'elsewhere' }, { credential: { callReportSecret: '' } }),
		);
		try {
			for (const headers of [{}, { authorization: 'Bearer ' }, BEARER]) {
				const call = {
					body: JSON.stringify(MISSED),
					headers: { ...JSON_BODY, ...headers },
				};
				expect((await unset.call(call)).status).toBe(403);
			}
		} finally {
			await unset.close();
		}
	});
});

describe('Retell', () => {
	const call = {
		call_id: 'call_1',
		direction: 'outbound',
		from_number: '+14155550100',
		to_number: CALLER,
		disconnection_reason: 'dial_no_answer',
	};
	const sign = (body: string, at: number, key = SECRET) =>
		`v=${at},d=${createHmac('sha256', key).update(`${body}${at}`).digest('hex')}`;
	const post = async (trigger: PublishedTrigger, body: IDataObject, at = bench.clock.now()) => {
		const text = JSON.stringify(body);
		return await trigger.call({
			body: text,
			headers: { ...JSON_BODY, 'x-retell-signature': sign(text, at) },
		});
	};
	const ended = (fields: IDataObject = {}) => ({
		event: 'call_ended',
		call: { ...call, ...fields },
	});

	it('tells of a lead who did not answer its agent', async () => {
		const trigger = await publish({ callSystem: 'retell' });
		expect((await post(trigger, ended())).status).toBe(200);
		expect(await trigger.started()).toMatchObject([
			{ contact: CALLER, called: '+14155550100', dialCallStatus: 'dial_no_answer' },
		]);
	});

	it.each([
		['a call that was talked through', ended({ disconnection_reason: 'user_hangup' })],
		['another event of the call', { ...ended(), event: 'call_analyzed' }],
	])('starts nothing with %s', async (_what, body) => {
		const trigger = await publish({ callSystem: 'retell' });
		expect((await post(trigger, body)).status).toBe(200);
		expect(await trigger.started()).toEqual([]);
	});

	it('is refused with a signature of another body, key or time', async () => {
		const trigger = await publish({ callSystem: 'retell' });
		const text = JSON.stringify(ended());
		const now = bench.clock.now();
		const signatures = [
			sign(`${text} `, now),
			sign(text, now, 'another key'),
			sign(text, now - 6 * 60_000),
			`v=${now + 1},d=${sign(text, now).split('d=')[1]}`,
			'nonsense',
		];
		for (const signature of signatures) {
			const headers = { ...JSON_BODY, 'x-retell-signature': signature };
			expect((await trigger.call({ body: text, headers })).status).toBe(403);
		}
		expect(await trigger.started()).toEqual([]);
	});
});

describe('Vapi', () => {
	const ended = (endedReason: string) => ({
		message: {
			type: 'end-of-call-report',
			endedReason,
			call: { id: 'vapi-1' },
			customer: { number: CALLER },
			phoneNumber: { number: '+14155550100' },
		},
	});

	it('tells of a customer who did not answer, and of one who did', async () => {
		const trigger = await publish({ callSystem: 'vapi' });
		await report(trigger, ended('customer-ended-call'), { 'x-vapi-secret': SECRET });
		await report(trigger, ended('customer-did-not-answer'), { 'x-vapi-secret': SECRET });
		expect(await trigger.started()).toMatchObject([
			{ contact: CALLER, dialCallStatus: 'customer-did-not-answer' },
		]);
	});
});
