import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { textBackFor, type MissedCall } from '../../../nodes/shared/calls/missed-call';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { twilioClient } from '../../../nodes/shared/twilio/api/twilio-client';
import { startTwilioEmulator, type TwilioEmulator } from '../../../emulator/twilio-emulator';
import { basicAuthHttp } from '../../support/basic-auth-http';
import { memoryThreadStore } from '../../support/memory-thread-store';

const OURS = '+14155550100';
const CALLER = '+14155550123';
const DAY_MS = 86_400_000;

let twilio: TwilioEmulator;
let accountSid: string;
let authToken: string;
beforeEach(async () => {
	twilio = await startTwilioEmulator();
	({ accountSid, authToken } = twilio.addAccount());
	twilio.addNumber(accountSid, { phoneNumber: OURS, voiceUrl: 'http://127.0.0.1:9/calls' });
});
afterEach(async () => {
	await twilio.close();
});

/** A request of the call comes to a store that knows nothing of it, so long after the call. */
async function textedBack(afterMs: number, change: Partial<MissedCall> = {}) {
	const { callSid } = await twilio.callFromContact({ from: CALLER, to: OURS });
	const clock = { ...systemClock, now: () => Date.now() + afterMs };
	const http = basicAuthHttp(accountSid, authToken);
	const warnings: string[] = [];
	const rules = {
		agents: [
			{
				...{ id: 'a', name: 'A', smsPrompt: '', senders: [], onText: 'reply' },
				...{ webhookUrl: '', brand: '', ownersPhones: [] },
			},
		],
		windowMs: 0,
		lookUpLine: false,
		ignoredCallers: [],
		textFrom: {},
		isTwilioCalled: true,
		country: undefined,
		otherCountries: 'all',
		perHour: { key: 'callers', most: 60 },
	} satisfies Parameters<typeof textBackFor>[0]['rules'];
	const textBack = await textBackFor(
		{
			...{ rules, accountSid, clock },
			openStore: async () => memoryThreadStore(clock),
			openTwilio: async () => twilioClient({ accountSid, apiBaseUrl: twilio.baseUrl }, http),
			warn: (kind) => warnings.push(kind),
		},
		{
			...{ callSid, caller: CALLER, called: OURS, rang: [] },
			...{ dialCallStatus: 'no-answer', recording: undefined },
			...change,
		},
	);
	return { contact: textBack?.contact, warnings };
}

it('a request of a call that is sent again after days starts nothing', async () => {
	expect(await textedBack(3 * DAY_MS)).toEqual({
		contact: undefined,
		warnings: ['passedOver:longAgo'],
	});
});

it('a call of now starts a run, and so does one that Twilio does not know', async () => {
	expect(await textedBack(60_000)).toEqual({ contact: CALLER, warnings: [] });
	const callSid = `CA${'9'.repeat(32)}`;
	expect((await textedBack(3 * DAY_MS, { callSid })).contact).toBe(CALLER);
});
