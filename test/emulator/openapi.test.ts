import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, type ApiReply } from './support/api-client';
import { OpenApiValidator, openApiFolder } from './support/openapi-validator';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';
import type { NumberRecord, ServiceRecord } from '../../emulator/twilio/records';

const CONTACT = '+12065550142';
const OURS = '+14155550100';
const folder = openApiFolder();

if (folder === null) {
	describe("Twilio's OpenAPI files are not here, so NOTHING was validated against them", () => {
		it('must not happen in CI', () => {
			process.stdout.write("Twilio's OpenAPI files are missing: set TWILIO_OAI_DIR.\n");
			expect(process.env['CI']).not.toBe('true');
		});
	});
} else {
	describe("every kind of answer, against Twilio's OpenAPI files", () => {
		const v2010 = new OpenApiValidator(folder, 'twilio_api_v2010.json');
		const v1 = new OpenApiValidator(folder, 'twilio_messaging_v1.json');
		const lookups = new OpenApiValidator(folder, 'twilio_lookups_v2.json');
		const ROOT = '/2010-04-01/Accounts/{AccountSid}';
		let twilio: TwilioEmulator;
		let api: ApiClient;
		let number: NumberRecord;
		let service: ServiceRecord;

		beforeAll(async () => {
			twilio = await startTwilioEmulator();
			const account = twilio.addAccount();
			api = new ApiClient(twilio.baseUrl, account);
			number = twilio.addNumber(account.accountSid, { phoneNumber: OURS });
			service = twilio.addService(account.accountSid, {
				numbers: [OURS],
				shortCodes: ['72345'],
			});
		});
		afterAll(() => twilio.close());

		const messages = `${ROOT}/Messages.json`;
		const message = `${ROOT}/Messages/{Sid}.json`;
		const problems = (path: string, method: string, { status, json }: ApiReply): string[] =>
			(path.startsWith('/v1') ? v1 : v2010).errors(path, method, status, json);

		it('Account', async () => {
			expect(
				problems(
					'/2010-04-01/Accounts/{Sid}.json',
					'get',
					await api.get(`${api.under('').slice(0, -1)}.json`),
				),
			).toEqual([]);
		});

		it('Message, in every state', async () => {
			const form = { To: CONTACT, Body: 'Hi', MessagingServiceSid: service.sid };
			const accepted = await api.send(form);
			expect(problems(messages, 'post', accepted)).toEqual([]);
			const SendAt = new Date(Date.now() + 3_600_000).toISOString();
			const scheduled = await api.send({ ...form, ScheduleType: 'fixed', SendAt });
			expect(problems(messages, 'post', scheduled)).toEqual([]);
			const path = (sent: ApiReply): string =>
				api.under(`Messages/${String(sent.json['sid'])}.json`);
			expect(
				problems(message, 'post', await api.post(path(scheduled), { Status: 'canceled' })),
			).toEqual([]);
			twilio.faults.next({ kind: 'undelivered', code: 30003 });
			expect(
				problems(
					messages,
					'post',
					await api.send({
						To: CONTACT,
						From: OURS,
						MediaUrl: 'https://a.example/1.png',
					}),
				),
			).toEqual([]);
			for (const wanted of ['delivered', 'undelivered']) {
				const { sid } = await twilio.waitForMessage(({ status }) => status === wanted);
				expect(
					problems(message, 'get', await api.get(api.under(`Messages/${sid}.json`))),
				).toEqual([]);
			}
			expect(
				problems(messages, 'get', await api.get(api.under('Messages.json?PageSize=1'))),
			).toEqual([]);
			expect(
				problems(
					messages,
					'get',
					await api.get(api.under('Messages.json?PageSize=1&Page=1')),
				),
			).toEqual([]);
			expect(
				problems(
					messages,
					'get',
					await api.get(api.under('Messages.json?To=%2B10000000000')),
				),
			).toEqual([]);
		});

		it('Media', async () => {
			const media = [{ contentType: 'image/png', data: Buffer.from('x') }];
			const { messageSid } = await twilio.textFromContact({
				from: CONTACT,
				to: OURS,
				body: '',
				media,
			});
			const list = await api.get(api.under(`Messages/${messageSid}/Media.json`));
			expect(problems(`${ROOT}/Messages/{MessageSid}/Media.json`, 'get', list)).toEqual([]);
			const [medium] = list.json['media_list'] as Array<{ uri: string }>;
			expect(
				problems(
					`${ROOT}/Messages/{MessageSid}/Media/{Sid}.json`,
					'get',
					await api.get(medium?.uri ?? ''),
				),
			).toEqual([]);
			expect(
				problems(message, 'get', await api.get(api.under(`Messages/${messageSid}.json`))),
			).toEqual([]);
		});

		it('IncomingPhoneNumber', async () => {
			const path = `${ROOT}/IncomingPhoneNumbers/{Sid}.json`;
			const own = api.under(`IncomingPhoneNumbers/${number.sid}.json`);
			expect(problems(path, 'get', await api.get(own))).toEqual([]);
			expect(
				problems(
					path,
					'post',
					await api.post(own, { SmsUrl: 'https://a.example/sms', SmsMethod: 'GET' }),
				),
			).toEqual([]);
			expect(
				problems(path, 'post', await api.post(own, { SmsUrl: '', VoiceUrl: '' })),
			).toEqual([]);
			const list = `${ROOT}/IncomingPhoneNumbers.json`;
			expect(
				problems(
					list,
					'get',
					await api.get(api.under('IncomingPhoneNumbers.json?PageSize=1')),
				),
			).toEqual([]);
		});

		it('IncomingPhoneNumber, for calls', async () => {
			const path = `${ROOT}/IncomingPhoneNumbers/{Sid}.json`;
			const own = api.under(`IncomingPhoneNumbers/${number.sid}.json`);
			const set = await api.post(own, {
				VoiceUrl: 'https://a.example/call',
				VoiceMethod: 'GET',
				VoiceFallbackUrl: 'https://a.example/fallback',
				StatusCallback: 'https://a.example/ended',
				StatusCallbackMethod: 'GET',
			});
			expect(problems(path, 'post', set)).toEqual([]);
			expect(set.json).toMatchObject({
				voice_url: 'https://a.example/call',
				voice_method: 'GET',
				voice_fallback_url: 'https://a.example/fallback',
				status_callback: 'https://a.example/ended',
				status_callback_method: 'GET',
			});
		});

		it('Calls, with the legs of the phones that were rung', async () => {
			const path = `${ROOT}/Calls.json`;
			await twilio.callFromContact({ from: CONTACT, to: OURS });
			for (const query of ['', '?PageSize=1', '?StartTime%3E=2020-01-01', '?To=%2B1']) {
				const list = await api.get(api.under(`Calls.json${query}`));
				expect(problems(path, 'get', list)).toEqual([]);
			}
		});

		it('Lookup, with and without the kind of line', async () => {
			const path = '/v2/PhoneNumbers/{PhoneNumber}';
			for (const query of ['', '?Fields=line_type_intelligence']) {
				const { status, json } = await api.get(`/v2/PhoneNumbers/${CONTACT}${query}`);
				expect(lookups.errors(path, 'get', status, json)).toEqual([]);
			}
			const { json } = await api.get(`/v2/PhoneNumbers/${CONTACT}`);
			expect(lookups.errors(path, 'get', 200, { ...json, valid: 'yes' })).not.toEqual([]);
		});

		it('Service and its senders', async () => {
			expect(
				problems(
					'/v1/Services',
					'post',
					await api.post('/v1/Services', { FriendlyName: 'New' }),
				),
			).toEqual([]);
			expect(
				problems('/v1/Services', 'get', await api.get('/v1/Services?PageSize=1')),
			).toEqual([]);
			const own = `/v1/Services/${service.sid}`;
			expect(problems('/v1/Services/{Sid}', 'get', await api.get(own))).toEqual([]);
			const hooked = await api.post(own, { InboundRequestUrl: 'https://a.example/sms' });
			expect(problems('/v1/Services/{Sid}', 'post', hooked)).toEqual([]);
			for (const part of ['PhoneNumbers', 'ShortCodes', 'AlphaSenders']) {
				expect(
					problems(
						`/v1/Services/{ServiceSid}/${part}`,
						'get',
						await api.get(`${own}/${part}`),
					),
				).toEqual([]);
			}
			const pooled = await api.get(`${own}/PhoneNumbers/${number.sid}`);
			expect(problems('/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}', 'get', pooled)).toEqual(
				[],
			);
		});

		it('would notice a missing, a foreign, a mistyped and an ill-formed property', async () => {
			const { json } = await api.send({ To: CONTACT, From: OURS, Body: 'Hi' });
			const missing = { ...json };
			delete missing['num_segments'];
			for (const wrong of [
				missing,
				{ ...json, extra: 1 },
				{ ...json, num_segments: 1 },
				{ ...json, error_code: '30003' },
				{ ...json, status: 'done' },
				{ ...json, sid: 'SM12' },
				{ ...json, date_created: new Date().toISOString() },
			]) {
				expect(v2010.errors(messages, 'post', 201, wrong)).not.toEqual([]);
			}
		});
	});
}
