import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { skipWaits } from './support/skip-waits';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => bench.reset());
afterAll(() => bench.close());

const POST = { method: 'POST', path: /Messages\.json/ } as const;
const opener = { to: CONTACT, from: OURS, body: 'Hello' };
const three: IDataObject[] = ['one', 'two', 'three'].map((text) => ({ text }));
const each = { to: CONTACT, from: OURS };

const jsons = ({ outputs }: Awaited<ReturnType<SendSmsBench['run']>>) =>
	(outputs[0] ?? []).map(({ json }) => json);

describe('Send SMS when Twilio fails', () => {
	it('sends one text in the end after 429', async () => {
		bench.twilio.faults.next({ kind: '429', ...POST, times: 2 });
		const run = await bench.run([{}], opener);
		expect(run.error).toBeUndefined();
		expect(bench.texts()).toEqual(['Hello']);
	});

	it('sends one text when the connection breaks after Twilio took it', async () => {
		skipWaits();
		bench.twilio.faults.next({ kind: 'reset-after-accept', ...POST });
		const run = await bench.run([{}], opener);
		expect(jsons(run)).toMatchObject([
			{ reconciled: true, repeated: false, status: expect.anything() },
		]);
		expect(bench.texts()).toEqual(['Hello']);
	});

	it('explains a refusal with its Twilio code, and repeats no credential', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 30034, ...POST });
		const { error } = await bench.run([{}], opener);
		const { message, description } = error as Error & { description: string };
		expect(message).toMatch(/not registered for texting in the United States/);
		expect(description).toMatch(/register your brand and campaign.*Twilio error 30034/s);
		const { authToken } = bench.credentials['twilioMessagingApi'] as { authToken: string };
		expect(JSON.stringify(error)).not.toContain(authToken);
	});

	it('learns an opt-out from error 21610 and refuses the next text by itself', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21610, ...POST });
		const first = await bench.run([{}], opener);
		expect(first.error?.message).toMatch(/opted out of texts \(Twilio error 21610\)/);
		const second = await bench.run([{}], opener, { staticData: first.staticData });
		expect(second.error?.message).toMatch(/opted out/);
		expect(bench.twilio.requests).toHaveLength(1);
	});
});

describe('Send SMS with On Error: Continue', () => {
	const settings = { onError: 'continueRegularOutput' as const };

	it('sends the other items and tells for each failed one whom it was about', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21614, ...POST });
		const items = [
			{ ...bench.incoming(), text: 'one' },
			{ ...bench.incoming(), text: 'two' },
		];
		const [failed, sent] = jsons(await bench.run(items, {}, { settings }));
		expect(failed).toMatchObject({
			error: expect.stringMatching(/not a mobile number.*21614/s),
			status: 'notSent',
			contact: CONTACT,
			threadId: `${bench.accountSid}:front-desk:${CONTACT}`,
		});
		expect(sent).toMatchObject({ status: 'queued', body: 'two' });
		expect(bench.texts()).toEqual(['two']);
	});

	it('moves failed items to the error output where there is one', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21614, ...POST });
		const run = await bench.run(three, each, { settings: { onError: 'continueErrorOutput' } });
		expect(run.outputs.map((items) => items.length)).toEqual([2, 1]);
		expect(run.outputs[1]?.[0]?.json).toEqual({
			error: expect.stringMatching(/not a mobile number.*21614/s),
			details: { status: 'notSent' },
		});
	});
});

describe('Send SMS tried again', () => {
	// n8n takes 0 for its default, a second.
	const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

	it('sends with Retry On Fail only what was not sent, and gives all results', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21611, status: 429, ...POST, times: 1 });
		bench.twilio.faults.next({ kind: 'error', code: 21611, status: 429, ...POST, times: 1 });
		const run = await bench.run(three, each, { settings: retry });
		expect(run.error).toBeUndefined();
		expect(bench.texts()).toEqual(['one', 'two', 'three']);
		expect(jsons(run).map(({ body }) => body)).toEqual(['one', 'two', 'three']);
	});

	it('does not send the first items again when a later one fails', async () => {
		const items = [{ text: 'one' }, { text: 'two' }, { text: 'x'.repeat(1601) }];
		const run = await bench.run(items, each, { settings: retry });
		expect(run.error?.message).toMatch(/1601 characters/);
		expect(bench.texts()).toEqual(['one', 'two']);
	});

	it('sends nothing twice when a first failed item makes n8n repeat a node that continues', async () => {
		const items = [{ text: 'x'.repeat(1601) }, { text: 'two' }];
		const settings = { ...retry, onError: 'continueRegularOutput' as const };
		const run = await bench.run(items, each, { settings });
		expect(jsons(run)).toMatchObject([{ status: 'notSent' }, { body: 'two', repeated: true }]);
		expect(bench.texts()).toEqual(['two']);
	});

	it('sends only the rest when a failed execution is retried by hand', async () => {
		const items = [{ text: 'one' }, { text: 'x'.repeat(1601) }];
		const failed = await bench.run(items, each);
		expect(failed.error).toBeDefined();
		const stored = JSON.stringify(failed.run.data.executionData?.contextData);
		const again = await bench.run([{ text: 'one' }, { text: 'shorter' }], each, {
			staticData: failed.staticData,
			contextData: { contextData: JSON.parse(stored) as IDataObject } as never,
		});
		expect(jsons(again)).toMatchObject([
			{ body: 'one', repeated: true, messageSid: expect.stringMatching(/^SM/) },
			{ body: 'shorter', repeated: false },
		]);
		expect(bench.texts()).toEqual(['one', 'shorter']);
	});

	it('remembers with the execution what was sent, even where the store has forgotten', async () => {
		const items = [{ text: 'one' }, { text: 'x'.repeat(1601) }];
		const failed = await bench.run(items, each);
		const stored = JSON.stringify(failed.run.data.executionData?.contextData);
		const again = await bench.run([{ text: 'one' }, { text: 'two' }], each, {
			workflowId: 'a workflow without threads',
			contextData: { contextData: JSON.parse(stored) as IDataObject } as never,
		});
		expect(again.error).toBeUndefined();
		expect(bench.texts()).toEqual(['one', 'two']);
	});

	it('looks at Twilio first when the outcome of the first try is unknown', async () => {
		skipWaits();
		bench.twilio.faults.next({ kind: 'reset-after-accept', ...POST });
		bench.twilio.faults.next({ kind: '503', method: 'GET', times: 3 });
		const run = await bench.run([{}], opener, { settings: retry });
		expect(jsons(run)).toMatchObject([{ body: 'Hello', repeated: true, reconciled: true }]);
		expect(bench.texts()).toEqual(['Hello']);
	});
});

describe('Send SMS where n8n counts its executions anew', () => {
	const OTHER = '+14155550124';
	const numbered = { executionId: '7' };
	const texted = () => bench.twilio.messages({ direction: 'outbound' }).map(({ to }) => to);

	it('texts another contact, and keeps both threads apart', async () => {
		await bench.run([{}], opener, numbered);
		const restored = await bench.run([{}], { ...opener, to: OTHER, body: 'Hi' }, numbered);
		expect(jsons(restored)).toMatchObject([{ to: OTHER, body: 'Hi', repeated: false }]);
		expect(texted()).toEqual([CONTACT, OTHER]);
		const saved = JSON.stringify(restored.staticData).split(OTHER);
		expect(saved.length).toBeGreaterThan(1);
		expect(saved.slice(1).join()).not.toContain('Hello');
	});

	it('texts the same contact again, in other words or in the same', async () => {
		for (const body of ['Hello', 'Hello', 'Hi']) {
			const run = await bench.run([{}], { ...opener, body }, numbered);
			expect(jsons(run)).toMatchObject([{ body, repeated: false }]);
		}
		expect(bench.texts()).toEqual(['Hello', 'Hello', 'Hi']);
	});

	it('texts once where n8n starts an execution anew whose worker has died', async () => {
		const text = bench.incoming();
		for (const body of ['On our way', 'On our way']) {
			const run = await bench.run([text], { body }, { ...numbered, resumeToken: null });
			expect(run.error).toBeUndefined();
		}
		expect(bench.texts()).toEqual(['On our way']);
		await bench.run([text], { body: 'On our way' }, { executionId: '8' });
		await bench.run([bench.incoming()], { body: 'On our way' }, numbered);
		expect(bench.texts()).toHaveLength(3);
	});

	it('texts whom a node names that was corrected before its execution was retried', async () => {
		const items = [{ text: 'one' }, { text: 'x'.repeat(1601) }];
		const failed = await bench.run(items, each);
		const stored = JSON.stringify(failed.run.data.executionData?.contextData);
		const again = await bench.run(
			[{ text: 'one' }, { text: 'two' }],
			{ ...each, to: OTHER },
			{
				staticData: failed.staticData,
				contextData: { contextData: JSON.parse(stored) as IDataObject } as never,
			},
		);
		expect(jsons(again)).toMatchObject([
			{ to: OTHER, body: 'one', repeated: false },
			{ to: OTHER, body: 'two', repeated: false },
		]);
		expect(texted()).toEqual([CONTACT, OTHER, OTHER]);
	});
});

describe('Send SMS once per occasion', () => {
	const once = (oncePer: string, to = CONTACT) => ({ ...opener, to, options: { oncePer } });

	it('texts a contact once, however many executions come of it, also at the same time', async () => {
		const runs = await Promise.all([1, 2, 3].map(() => bench.run([{}], once('call 1'))));
		const again = await bench.run([{}], once(' call 1 '));
		expect(bench.texts()).toEqual(['Hello']);
		expect(jsons(again)).toMatchObject([{ body: 'Hello', repeated: true }]);
		const failed = runs.flatMap(({ error }) => (error ? [error.message] : []));
		expect(failed.every((message) => message.includes('is sending this text right now'))).toBe(
			true,
		);
	});

	it('texts again for another occasion, and another contact for the same one', async () => {
		await bench.run([{}], once('call 1'));
		await bench.run([{}], once('call 2'));
		await bench.run([{}], once('call 1', '+14155550124'));
		expect(bench.texts()).toHaveLength(3);
	});

	it('takes a number for an occasion, and nothing for none', async () => {
		const numbered = { ...opener, options: { oncePer: 17 } };
		await bench.run([{}], numbered);
		await bench.run([{}], numbered);
		expect(bench.texts()).toHaveLength(1);
		await bench.run([{}], once(''));
		await bench.run([{}], once(''));
		expect(bench.texts()).toHaveLength(3);
	});
});
