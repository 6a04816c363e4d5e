import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callForm, openCallBench, type CallBench } from './support/call-bench';
import { signedCall } from './support/signed-text';

let bench: CallBench;

beforeEach(async () => {
	bench = await openCallBench();
});

afterEach(async () => {
	await bench.close();
});

const STEPS = ['', 'answered', 'screen', 'accept', 'dialed', 'recorded', 'unrecorded', 'recording'];
const ENDED = { CallStatus: 'completed', DialCallStatus: 'no-answer' };

/** The query that our own TwiML gives the step. */
function queryOf(step: string, callSid: string): string {
	if (step === '') return '';
	const state = { step, call: callSid, from: '+14155550123', to: '+14155550100', round: '0' };
	return `?${new URLSearchParams(state).toString()}`;
}

describe.each(STEPS)('a request of the step "%s"', (step) => {
	const request = () => {
		const form = callForm(bench.account.accountSid, ENDED);
		return { form, query: queryOf(step, form.CallSid) };
	};

	it('is answered where Twilio has signed it', async () => {
		const trigger = await bench.publish();
		const { form, query } = request();
		const call = signedCall(trigger.url, bench.account.authToken, form, query);
		const answered = trigger.call(call);
		await trigger.started();
		expect([200, 204]).toContain((await answered).status);
	});

	it.each([
		['unsigned', () => undefined],
		['signed with another token', () => 'f'.repeat(32)],
	])('that is %s gets 403 and starts nothing', async (_how, token) => {
		const trigger = await bench.publish();
		const { form, query } = request();
		const forged = token();
		const call = forged ? signedCall(trigger.url, forged, form, query) : { form, query };
		expect((await trigger.call(call)).status).toBe(403);
		expect(await trigger.started()).toEqual([]);
	});

	it('whose query or form was changed on the way gets 403 and starts nothing', async () => {
		const trigger = await bench.publish();
		const { form, query } = request();
		const call = signedCall(trigger.url, bench.account.authToken, form, query);
		const elsewhere = `${query === '' ? '?' : `${query}&`}x=1`;
		expect((await trigger.call({ ...call, query: elsewhere })).status).toBe(403);
		const other = { ...form, From: '+14155550199' };
		expect((await trigger.call({ ...call, form: other })).status).toBe(403);
		expect(await trigger.started()).toEqual([]);
	});
});

it("another account's call gets 403 and starts nothing", async () => {
	const trigger = await bench.publish();
	const form = callForm(`AC${'9'.repeat(32)}`, ENDED);
	const call = signedCall(trigger.url, bench.account.authToken, form);
	expect((await trigger.call(call)).status).toBe(403);
	expect(await trigger.started()).toEqual([]);
});

it('a form without a call gets 400 and starts nothing', async () => {
	const trigger = await bench.publish();
	const form = callForm(bench.account.accountSid, { CallSid: '' });
	const call = signedCall(trigger.url, bench.account.authToken, form);
	expect((await trigger.call(call)).status).toBe(400);
	expect(await trigger.started()).toEqual([]);
});

describe('a proxy that puts the query of an address in order', () => {
	it('breaks the signature of no step that our own TwiML asks for', async () => {
		const trigger = await bench.publish();
		const { accountSid, authToken } = bench.account;
		const form = callForm(accountSid, { CallStatus: 'ringing' });
		const { body } = await trigger.call(signedCall(trigger.url, authToken, form));
		const urls = [...body.matchAll(/https:[^"<]+/g)].map(
			([url]) => new URL(url.replaceAll('&amp;', '&')),
		);
		expect(urls.length).toBeGreaterThan(0);
		for (const url of urls) {
			const call = signedCall(trigger.url, authToken, form, url.search);
			url.searchParams.sort();
			const { status } = await trigger.call({ ...call, query: url.search });
			expect(status).toBeLessThan(300);
		}
	});
});
