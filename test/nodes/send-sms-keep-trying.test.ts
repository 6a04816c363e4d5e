import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { recordInbound } from '../../nodes/shared/receiving/record-inbound';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { USUAL_RULES } from '../support/contact-state';
import { asTool } from './support/as-tool';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { whileWaiting } from './support/while-waiting';

const POST = { method: 'POST', path: /Messages\.json/ } as const;
const MINUTE = 60_000;
/** Tries of one go, after which a 429 is no longer waited for. */
const TRIES = 6;

let bench: SendSmsBench;
let folder: string;
let store: OpenThreadStore;
let kept: INodeParameters;
let serial = 0;

beforeAll(async () => {
	bench = await openSendSmsBench();
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-keep-trying-'));
});
beforeEach(async () => {
	bench.reset();
	const file = join(folder, `${serial++}.sqlite`);
	const limits = { messagesPerThread: 50, maxAgeDays: 90, maxMegabytes: 100 };
	store = await openEmbeddedThreadStore({ file, ...limits }, systemClock);
	kept = { threadStore: 'embedded', threadStoreFile: file };
});
afterAll(async () => {
	await bench.close();
	rmSync(folder, { recursive: true, force: true });
});

const opener = (options: INodeParameters = {}): INodeParameters => ({
	...kept,
	to: CONTACT,
	from: OURS,
	body: 'Hello',
	options: { keepTryingMinutes: 10, ...options },
});
const jsons = ({ outputs }: Awaited<ReturnType<SendSmsBench['run']>>) =>
	(outputs[0] ?? []).map(({ json }) => json);
const busy = (times: number) => bench.twilio.faults.next({ kind: '429', ...POST, times });
const posts = () => bench.twilio.requests.filter(({ method }) => method === 'POST').length;
const contactWrites = async (body: string) =>
	await recordInbound(
		{ store, clock: systemClock },
		`${bench.accountSid}:assistant:${CONTACT}`,
		{
			messageSid: `SM${String(serial++).padStart(32, '0')}`,
			accountSid: bench.accountSid,
			from: CONTACT,
			to: OURS,
			body,
			media: [],
			numSegments: 1,
		},
		USUAL_RULES,
	);

describe('Send SMS with Keep Trying For', () => {
	it('sends the text in the same run once Twilio takes texts again', async () => {
		busy(2 * TRIES);
		const waits = whileWaiting();
		const run = await bench.run([{}], opener());
		expect(jsons(run)).toMatchObject([{ event: 'sent', body: 'Hello', repeated: false }]);
		expect(bench.texts()).toEqual(['Hello']);
		expect(waits).toEqual([0.5 * MINUTE, MINUTE]);
	});

	it('is off unless it is asked for', async () => {
		busy(TRIES);
		const waits = whileWaiting();
		const run = await bench.run([{}], { ...opener(), options: {} });
		expect(run.error).toBeDefined();
		expect(waits).toEqual([]);
		expect(posts()).toBe(TRIES);
	});

	it('asks the model for the words once', async () => {
		bench.model.respond = () => 'Hi! Sorry we missed your call.';
		busy(2 * TRIES);
		whileWaiting();
		const run = await bench.run([{}], {
			...opener(),
			mode: 'ai',
			model: { __rl: true, mode: 'id', value: 'emulated-small' },
			smsPrompt: 'You are Ava of Bright Dental.',
			instruction: 'Say that we saw the missed call.',
		});
		expect(run.error).toBeUndefined();
		expect(bench.texts()).toEqual(['Hi! Sorry we missed your call.']);
		expect(bench.model.requests).toHaveLength(1);
	});

	it('looks at Twilio for a text of which the answer was lost, and finds that it is out', async () => {
		bench.twilio.faults.next({ kind: 'reset-after-accept', ...POST });
		bench.twilio.faults.next({ kind: '503', method: 'GET', times: 3 });
		const waits = whileWaiting();
		const run = await bench.run([{}], opener());
		expect(jsons(run)).toMatchObject([{ body: 'Hello', reconciled: true }]);
		expect(bench.texts()).toEqual(['Hello']);
		expect(posts()).toBe(1);
		expect(waits).toHaveLength(1);
	});

	it('sends a text of which the answer was lost when it is certain that Twilio has none', async () => {
		bench.twilio.faults.next({ kind: '500', ...POST });
		const waits = whileWaiting();
		const begun = systemClock.now();
		const run = await bench.run([{}], opener());
		expect(jsons(run)).toMatchObject([{ body: 'Hello' }]);
		expect(bench.texts()).toEqual(['Hello']);
		expect(posts()).toBe(2);
		expect(waits).toHaveLength(1);
		expect(systemClock.now() - begun).toBeGreaterThanOrEqual(2 * MINUTE);
	});

	it('sends nothing to a contact who opts out while it waits', async () => {
		busy(TRIES);
		whileWaiting(async () => await contactWrites('STOP'));
		const run = await bench.run([{}], opener());
		expect(run.error?.message).toMatch(/has opted out of texts \(by "STOP"\)/);
		expect(bench.texts()).toEqual([]);
		expect(posts()).toBe(TRIES);
	});

	it('leaves a follow-up out whose contact answers while it waits', async () => {
		await bench.run([{}], { ...opener(), options: {} });
		busy(TRIES);
		whileWaiting(async () => await contactWrites('Yes, Friday'));
		const followUp = { ...opener({ onlyUnanswered: true }), body: 'Did you see our text?' };
		const run = await bench.run([{}], followUp);
		expect(jsons(run)).toMatchObject([{ event: 'skipped', reasonCode: 'answered' }]);
		expect(bench.texts()).toEqual(['Hello']);
	});

	it('sends once where another execution sends it meanwhile', async () => {
		const once = opener({ oncePer: 'call 1' });
		busy(TRIES);
		whileWaiting(async () => await bench.run([{}], once));
		const run = await bench.run([{}], once);
		expect(jsons(run)).toMatchObject([{ body: 'Hello', repeated: true }]);
		expect(bench.texts()).toEqual(['Hello']);
	});

	it('ends with the last failure and how long it was tried; the next item has time of its own', async () => {
		// 0, 30, 90, 210 and 450 seconds, and ten minutes.
		busy(6 * TRIES);
		whileWaiting();
		const settings = { onError: 'continueRegularOutput' as const };
		const items = [{ text: 'one' }, { text: 'two' }];
		const run = await bench.run(items, { ...opener(), body: '' }, { settings });
		expect(jsons(run)).toMatchObject([
			{
				status: 'notSent',
				error: expect.stringMatching(
					/too many .*\(tried 6 times in 1\d minutes\).*Twilio error 20429/is,
				),
			},
			{ body: 'two', event: 'sent' },
		]);
		expect(bench.texts()).toEqual(['two']);
	});

	it('sends nothing more once the execution is stopped, not even the items after it', async () => {
		busy(TRIES);
		let stop = () => {};
		const settings = { onError: 'continueRegularOutput' as const };
		whileWaiting(() => stop());
		await bench.run(
			[{ text: 'one' }, { text: 'two' }],
			{ ...opener(), body: '' },
			{ settings, onStart: (cancel) => (stop = cancel) },
		);
		await new Promise((resolve) => setTimeout(resolve, 200));
		expect(bench.texts()).toEqual([]);
		expect(posts()).toBe(TRIES);
	});

	it('never waits as a tool, whatever was set before', async () => {
		busy(TRIES);
		const waits = whileWaiting();
		const parameters = { ...opener(), allowedRecipients: 'anyone' };
		const run = await bench.run([{}], parameters, { node: asTool(new SendSms()) });
		expect(run.error).toBeDefined();
		expect(waits).toEqual([]);
		expect(posts()).toBe(TRIES);
	});

	it('refuses a time that is none', async () => {
		const run = await bench.run([{}], opener({ keepTryingMinutes: -1 }));
		expect(run.error?.message).toMatch(/Keep Trying For \(Minutes\).*-1/);
		expect(posts()).toBe(0);
	});
});
