import { describe, expect, it } from '@jest/globals';
import { MessageListInstance } from 'twilio/lib/rest/api/v2010/account/message';
import { ServiceListInstance } from 'twilio/lib/rest/messaging/v1/service';
import {
	TwilioApiError,
	productBaseUrl,
	twilioClient,
} from '../../../../nodes/shared/twilio/api/twilio-client';
import { scriptedHttp } from '../../../support/scripted-http';

const account = {
	accountSid: `AC${'0'.repeat(32)}`,
	apiBaseUrl: 'https://api.twilio.com',
};

describe('productBaseUrl', () => {
	it.each([
		['https://api.twilio.com', 'messaging', 'https://messaging.twilio.com'],
		['https://api.twilio.com/', 'api', 'https://api.twilio.com'],
		[
			'https://api.dublin.ie1.twilio.com',
			'messaging',
			'https://messaging.dublin.ie1.twilio.com',
		],
		['http://127.0.0.1:4010', 'messaging', 'http://127.0.0.1:4010'],
		['https://texts.example.com/twilio/', 'messaging', 'https://texts.example.com/twilio'],
		['https://api.twilio.com.example.com', 'messaging', 'https://api.twilio.com.example.com'],
	])('serves from %s the product %s at %s', (apiBaseUrl, product, expected) => {
		expect(productBaseUrl(apiBaseUrl, product)).toBe(expected);
	});
});

describe('twilioClient', () => {
	it("carries the SDK's calls: path, form with repeated names, answer", async () => {
		const http = scriptedHttp({ status: 201, body: '{"sid":"SM1","num_segments":"1"}' });
		const { api } = twilioClient(account, http.client);
		const sent = await MessageListInstance(api, account.accountSid).create({
			to: '+14155550123',
			from: '+14155550100',
			body: 'Hi & é',
			mediaUrl: ['https://x/1', 'https://x/2'],
		});
		expect(sent.sid).toBe('SM1');
		const [request] = http.requests;
		expect(request).toMatchObject({
			method: 'POST',
			url: `https://api.twilio.com/2010-04-01/Accounts/${account.accountSid}/Messages.json`,
			timeoutMs: 15_000,
		});
		expect([...(request?.body as URLSearchParams)]).toEqual([
			['To', '+14155550123'],
			['From', '+14155550100'],
			['Body', 'Hi & é'],
			['MediaUrl', 'https://x/1'],
			['MediaUrl', 'https://x/2'],
		]);
	});

	it('asks the messaging product on its own host and follows its pages', async () => {
		const next = 'https://messaging.twilio.com/v1/Services?PageSize=50&Page=1&PageToken=x';
		const page = (sid: string, url: string | null) => ({
			body: JSON.stringify({
				services: [{ sid }],
				meta: { key: 'services', next_page_url: url },
			}),
		});
		const http = scriptedHttp(page('MG1', next), page('MG2', null));
		const services = await ServiceListInstance(
			twilioClient(account, http.client).messaging,
		).list();
		expect(services.map(({ sid }) => sid)).toEqual(['MG1', 'MG2']);
		expect(http.requests.map(({ url }) => url)[1]).toBe(next);
	});

	it('tells a refusal with code, status, request id and how long to wait', async () => {
		const http = scriptedHttp({
			status: 429,
			headers: { 'twilio-request-id': 'RQ1', 'retry-after': '2' },
			body: '{"code":20429,"message":"Too Many Requests","status":429}',
		});
		const { api } = twilioClient(account, http.client);
		const failure: unknown = await MessageListInstance(api, account.accountSid)
			.create({ to: '+14155550123', body: 'x' })
			.catch((error: unknown) => error);
		expect(failure).toBeInstanceOf(TwilioApiError);
		expect(failure).toMatchObject({
			status: 429,
			code: 20429,
			requestId: 'RQ1',
			retryAfterMs: 2_000,
		});
		expect((failure as TwilioApiError).rateLimited).toBe(true);
	});

	it.each([
		['a page of HTML', '<html>Bad gateway</html>'],
		['nothing', ''],
	])('survives a failure that answers with %s', async (_, body) => {
		const http = scriptedHttp({ status: 502, body });
		const { api } = twilioClient(account, http.client);
		const failure: unknown = await MessageListInstance(api, account.accountSid)
			.create({ to: '+14155550123', body: 'x' })
			.catch((error: unknown) => error);
		expect(failure).toMatchObject({ status: 502, code: undefined, outcomeUnknown: true });
	});
});
