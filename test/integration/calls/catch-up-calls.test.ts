import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
	catchUpOnCalls,
	type CallCatchUpSettings,
} from '../../../nodes/shared/calls/catch-up-calls';
import { reachMilestone } from '../../../nodes/shared/calls/call-milestones';
import type { MissedCall } from '../../../nodes/shared/calls/missed-call';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { createMessage } from '../../../nodes/shared/twilio/api/messages';
import { twilioClient, type TwilioClient } from '../../../nodes/shared/twilio/api/twilio-client';
import { startTwilioEmulator, type TwilioEmulator } from '../../../emulator/twilio-emulator';
import type { ContactCall } from '../../../emulator/twilio/contact-call';
import type { NumberRecord } from '../../../emulator/twilio/records';
import { startWebhookApp, type WebhookApp } from '../../emulator/support/webhook-app';
import { basicAuthHttp } from '../../support/basic-auth-http';
import { memoryThreadStore } from '../../support/memory-thread-store';

const OURS = '+14155550100';
const PHONE = '+14155550777';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOBODY_LISTENS = 'http://127.0.0.1:9/calls';

let twilio: TwilioEmulator;
let client: TwilioClient;
let number: NumberRecord;
let bin: WebhookApp;
let store: ReturnType<typeof memoryThreadStore>;
let offsetMs: number;
let handedIn: MissedCall[];
let failures: unknown[];
/** What is connected to the trigger at this moment. */
let ours: string[];

const clock = { ...systemClock, now: () => Date.now() + offsetMs };

beforeEach(async () => {
	offsetMs = 0;
	handedIn = [];
	failures = [];
	ours = [OURS];
	store = memoryThreadStore(clock);
	twilio = await startTwilioEmulator();
	bin = await startWebhookApp();
	const { accountSid, authToken } = twilio.addAccount();
	number = twilio.addNumber(accountSid, { phoneNumber: OURS, voiceUrl: NOBODY_LISTENS });
	const http = basicAuthHttp(accountSid, authToken);
	client = twilioClient({ accountSid, apiBaseUrl: twilio.baseUrl }, http);
});

afterEach(async () => {
	await twilio.close();
	await bin.close();
});

const SETTINGS: CallCatchUpSettings = {
	triggerKey: 'trigger',
	numbers: [OURS],
	upToMs: 12 * HOUR_MS,
	perMinute: 30,
	settledAfterMs: 2 * MINUTE_MS,
	beginsAt: undefined,
};

const look = async (settings: Partial<CallCatchUpSettings> = {}) =>
	await catchUpOnCalls(
		{
			store,
			twilio: client,
			clock,
			numbersNow: async () => ours,
			handIn: async (call) => {
				await reachMilestone({ claims: store.claims, clock }, call.callSid, 'decided');
				handedIn.push(call);
			},
			failed: (reason) => failures.push(reason),
		},
		{ ...SETTINGS, ...settings },
	);

const call = async (from: string, minutesAgo: number, more: Partial<ContactCall> = {}) =>
	await twilio.callFromContact({
		from,
		to: OURS,
		startedAt: new Date(Date.now() - minutesAgo * MINUTE_MS),
		...more,
	});
const caller = (index: number) => `+1206555${String(1000 + index)}`;
const callers = () => handedIn.map((one) => one.caller);
const listings = () => twilio.requests.filter(({ path }) => path.endsWith('/Calls.json'));

describe('calls that came while n8n was down', () => {
	it('come out once, late, and the next look asks Twilio once', async () => {
		const { callSid, heard } = await call(caller(1), 90);
		expect(heard).toEqual(['An application error has occurred. Goodbye.']);
		expect(await look()).toBeUndefined();
		expect(handedIn).toEqual([
			{
				callSid,
				caller: caller(1),
				called: OURS,
				rang: [],
				dialCallStatus: '',
				recording: undefined,
				lateMinutes: 90,
			},
		]);
		const before = listings().length;
		await look();
		expect(handedIn).toHaveLength(1);
		expect(listings()).toHaveLength(before + 1);
	});

	it('are left alone where the fallback rang a phone that took them', async () => {
		bin.answer = () => ({
			body: `<Response><Dial timeout="18" answerOnBridge="true">${PHONE}</Dial></Response>`,
		});
		number.voiceFallbackUrl = `${bin.baseUrl}/bin`;
		const taken = await call(caller(1), 60, { owner: 'answers' });
		expect(taken.connectedTo).toBe(PHONE);
		await call(caller(2), 60, { owner: 'rings out' });
		await look();
		expect(handedIn).toMatchObject([
			{ caller: caller(2), rang: [PHONE], dialCallStatus: 'no-answer', lateMinutes: 60 },
		]);
	});

	it('are left to another app that has taken the number over', async () => {
		await call(caller(1), 90);
		ours = [];
		await look();
		expect(handedIn).toEqual([]);
	});

	it('count once per caller: the newest, unless that was taken', async () => {
		bin.answer = () => ({ body: `<Response><Dial>${PHONE}</Dial></Response>` });
		number.voiceFallbackUrl = `${bin.baseUrl}/bin`;
		await call(caller(1), 90);
		const { callSid } = await call(caller(1), 30);
		await call(caller(2), 90);
		await call(caller(2), 30, { owner: 'answers' });
		await look();
		expect(handedIn.map((one) => one.callSid)).toEqual([callSid]);
		await look();
		expect(handedIn).toHaveLength(1);
	});

	it('are left alone where the caller has got a text since, or has sent one', async () => {
		for (const index of [1, 2, 3]) await call(caller(index), 30);
		await createMessage(client, { to: caller(1), from: OURS, body: 'We called you back' });
		number.smsUrl = '';
		await twilio.textFromContact({ from: caller(2), to: OURS, body: 'Are you there?' });
		await look();
		expect(callers()).toEqual([caller(3)]);
	});

	it('are left alone where n8n knows what became of them', async () => {
		const decided = await call(caller(1), 30);
		const answered = await call(caller(2), 30);
		await call(caller(3), 30);
		const deps = { claims: store.claims, clock };
		await reachMilestone(deps, decided.callSid, 'decided');
		await reachMilestone(deps, answered.callSid, 'answered');
		await look();
		expect(callers()).toEqual([caller(3)]);
	});

	it('are too old after so many hours', async () => {
		await call(caller(1), 13 * 60);
		await call(caller(2), 11 * 60);
		await look();
		expect(callers()).toEqual([caller(2)]);
	});

	it('wait until what n8n itself may still say of them has come', async () => {
		await call(caller(1), 1);
		const again = await look();
		expect(handedIn).toEqual([]);
		expect(again).toBeGreaterThan(clock.now() + MINUTE_MS / 2);
		offsetMs += 3 * MINUTE_MS;
		await look();
		expect(callers()).toEqual([caller(1)]);
	});

	it('come out at most so many a minute, who called last first', async () => {
		for (const index of [1, 2, 3]) await call(caller(index), 40 - index);
		const again = await look({ perMinute: 2 });
		expect(callers()).toEqual([caller(3), caller(2)]);
		expect(again).toBeLessThanOrEqual(clock.now() + MINUTE_MS);
		await look({ perMinute: 2 });
		expect(handedIn).toHaveLength(2);
		offsetMs += MINUTE_MS + 1;
		// Also where the workflow was changed and published again meanwhile.
		await look({ perMinute: 2, beginsAt: clock.now() });
		expect(callers()).toEqual([caller(3), caller(2), caller(1)]);
	});

	it('are not ours from before the workflow was published', async () => {
		await call(caller(1), 30);
		await look({ beginsAt: clock.now() });
		await call(caller(2), 0);
		offsetMs += 5 * MINUTE_MS;
		await look();
		expect(callers()).toEqual([caller(2)]);
	});

	it('are ours since the workflow was published, though the store was away at first', async () => {
		const beginsAt = clock.now();
		await call(caller(1), 0);
		offsetMs += 5 * MINUTE_MS;
		await look({ beginsAt });
		expect(callers()).toEqual([caller(1)]);
	});

	it('are tried again where Twilio did not answer for one of them', async () => {
		await call(caller(1), 30);
		await call(caller(2), 20);
		twilio.faults.next({ kind: '500', path: '/Messages.json' });
		expect(await look()).toBeDefined();
		expect([callers(), failures.length]).toEqual([[caller(1)], 1]);
		await look();
		expect(callers()).toEqual([caller(1), caller(2)]);
	});

	it('keep the mark where Twilio does not list any', async () => {
		await call(caller(1), 30);
		twilio.faults.next({ kind: '500', path: '/Calls.json' });
		await expect(look()).rejects.toThrow();
		await look();
		expect(callers()).toEqual([caller(1)]);
	});

	it('are looked for by one of two at a time', async () => {
		await call(caller(1), 30);
		await Promise.all([look(), look()]);
		expect(callers()).toEqual([caller(1)]);
	});
});
