import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { notifyWebhook } from '../../../nodes/shared/receiving/notify-webhook';
import { NoAnswerError } from '../../../nodes/shared/http/http-client';
import { ManualClock } from '../../support/manual-clock';
import { scriptedHttp, type ScriptedHttp } from '../../support/scripted-http';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOTIFICATION = {
	url: 'https://crm.example.com/hooks/sms?key=1',
	id: 'SM1-front-desk',
	payload: { type: 'sms.received', data: { body: 'Hé 👋' } },
	secret: SECRET,
};
const SILENCE = new NoAnswerError('crm.example.com', 'ETIMEDOUT');

async function notify(http: ScriptedHttp) {
	const clock = new ManualClock();
	const outcome = notifyWebhook(NOTIFICATION, { http: http.client, clock });
	await clock.advance(60_000);
	return await outcome;
}

describe('notifyWebhook', () => {
	it('posts JSON that the receiver can verify', async () => {
		const http = scriptedHttp({ status: 204 });
		const clock = {
			now: () => Date.now(),
			elapsed: () => 0,
			sleep: async () => {},
			after: () => () => undefined,
		};
		const outcome = await notifyWebhook(NOTIFICATION, { http: http.client, clock });
		expect(outcome).toEqual({ delivered: true, attempts: 1 });

		const [request] = http.requests;
		const headers = { ...request?.headers };
		expect(request).toMatchObject({ method: 'POST', url: NOTIFICATION.url });
		expect(headers).toMatchObject({
			'content-type': 'application/json',
			'webhook-id': 'SM1-front-desk',
		});
		expect(new Webhook(SECRET).verify(String(request?.body), headers)).toEqual(
			NOTIFICATION.payload,
		);
	});

	it('tries again after no answer, a 5xx and a 429, with the same id and a new time', async () => {
		const http = scriptedHttp(SILENCE, { status: 503 }, { status: 200 });
		expect(await notify(http)).toEqual({ delivered: true, attempts: 3 });
		const sent = http.requests.map(({ headers }) => headers ?? {});
		expect(new Set(sent.map((headers) => headers['webhook-id'])).size).toBe(1);
		expect(new Set(sent.map((headers) => headers['webhook-timestamp'])).size).toBe(3);
	});

	it('gives up after three attempts and says why', async () => {
		const http = scriptedHttp({ status: 429 }, { status: 500 }, SILENCE);
		expect(await notify(http)).toEqual({
			delivered: false,
			attempts: 3,
			reason: 'crm.example.com did not answer (ETIMEDOUT)',
		});
	});

	it.each([
		[400, 'crm.example.com answered with HTTP status 400'],
		[410, 'crm.example.com answered with HTTP status 410'],
		[308, 'crm.example.com answered with a redirect (HTTP 308); enter the final address'],
	])('does not try again after a %i', async (status, reason) => {
		const http = scriptedHttp({ status });
		expect(await notify(http)).toEqual({ delivered: false, attempts: 1, reason });
	});

	it("does not take its own mistakes for the receiver's", async () => {
		await expect(
			notifyWebhook(NOTIFICATION, {
				http: scriptedHttp(new TypeError('ours')).client,
				clock: new ManualClock(),
			}),
		).rejects.toThrow('ours');
	});
});
