import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ILoadOptionsFunctions, INodeParameters } from 'n8n-workflow';
import { searchSenders } from '../../nodes/shared/n8n/senders/search-senders';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

const UNLISTED = '+15550009999';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
	for (const [phoneNumber, capabilities] of [
		['+15550001001', { mms: false, voice: false }],
		['+15550001002', { sms: false }],
	] as const) {
		bench.twilio.addNumber(bench.accountSid, { phoneNumber, capabilities });
	}
});
beforeEach(() => bench.reset());
afterAll(() => bench.close());

const send = async (from: INodeParameters[string], item = {}) => {
	const { error } = await bench.run([item], { to: CONTACT, body: 'Hi', from });
	if (error) throw error;
	return bench.twilio.messages({ direction: 'outbound' })[0]?.from;
};

describe('From', () => {
	it.each<[string, INodeParameters[string]]>([
		['chosen from the list', { __rl: true, mode: 'list', value: OURS }],
		['typed', { __rl: true, mode: 'id', value: ` ${OURS} ` }],
		['an expression', { __rl: true, mode: 'id', value: '={{ $json.ours }}' }],
		['plain text of an older workflow', OURS],
		['an expression of an older workflow', '={{ $json.ours }}'],
	])('is the number that is %s', async (_, from) => {
		expect(await send(from, { ours: OURS })).toBe(OURS);
	});

	it('refuses what is no sender, by its name', async () => {
		const typed = send({ __rl: true, mode: 'id', value: 'Bright Dental Office' });
		await expect(typed).rejects.toMatchObject({
			message: expect.stringMatching(/^From: /),
		});
	});
});

describe('the list of From', () => {
	const list = async (filter?: string, chosen = '', authToken = bench.authToken) => {
		const { accountSid } = bench;
		const { baseUrl } = bench.twilio;
		const context = {
			getCredentials: async () => ({ accountSid, authToken, apiBaseUrl: baseUrl }),
			getCurrentNodeParameter: () => chosen,
			getNode: () => ({ name: 'Send SMS', type: 'sendSms' }),
			helpers: {
				httpRequestWithAuthentication: async (
					_type: string,
					{ url, qs }: { url: string; qs?: Record<string, string> },
				) => {
					const query = new URLSearchParams(qs).toString();
					const answer = await fetch(query ? `${url}?${query}` : url, {
						headers: {
							authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
						},
					});
					return {
						statusCode: answer.status,
						headers: Object.fromEntries(answer.headers),
						body: await answer.text(),
					};
				},
			},
		};
		const { results } = await searchSenders.call(
			context as unknown as ILoadOptionsFunctions,
			filter,
		);
		return results;
	};

	it('has the Messaging Services and the numbers that can text, with what else they can', async () => {
		const senders = await list();
		expect(senders.map(({ name, value }) => [name, value])).toEqual([
			['Emulated service (Messaging Service)', bench.serviceSid],
			['+15550001001 · SMS', '+15550001001'],
			[`${OURS} · SMS, MMS, calls`, OURS],
		]);
		expect((await list('1001')).map(({ value }) => value)).toEqual(['+15550001001']);
	});

	it('says why it is not there, and keeps what was chosen', async () => {
		const wrong = 'f'.repeat(32);
		expect(await list('', UNLISTED, wrong)).toEqual([
			{ name: UNLISTED, value: UNLISTED },
			{ name: expect.stringMatching(/^No list: /), value: false },
		]);
		await expect(list('', '', wrong)).rejects.toThrow();
	});
});
