import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CALLER, openCallBench, PHONE, type CallBench } from './support/call-bench';

const SECOND_PHONE = '+14155550778';

let bench: CallBench;

beforeEach(async () => {
	bench = await openCallBench();
});

afterEach(async () => {
	await bench.close();
});

const call = async (contact: Partial<Parameters<CallBench['twilio']['callFromContact']>[0]> = {}) =>
	await bench.twilio.callFromContact({ from: CALLER, to: bench.number.phoneNumber, ...contact });

describe('a call that nobody takes', () => {
	it('starts one run, with all that a text to the caller needs', async () => {
		const trigger = await bench.publish();
		const { callSid, rang, heard, deliveries } = await call();
		expect(rang).toEqual([PHONE]);
		expect(heard).toEqual([
			'Sorry, we cannot take your call right now. We will text you in a moment.',
		]);
		expect(deliveries.map(({ errorCode }) => errorCode)).toEqual([null, null, null]);
		const threadId = `${bench.account.accountSid}:front-desk:${CALLER}`;
		expect(await trigger.started()).toEqual([
			{
				event: 'missedCall',
				threadId,
				agent: {
					id: 'front-desk',
					name: 'Front Desk',
					smsPrompt: 'Be kind.',
					matchedBy: 'default',
				},
				contact: CALLER,
				sender: bench.number.phoneNumber,
				messagingServiceSid: null,
				callSid,
				called: bench.number.phoneNumber,
				dialCallStatus: 'no-answer',
				rang: [PHONE],
				voicemail: null,
				receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
				late: false,
				lateMinutes: 0,
				chatInput: 'I called you, and nobody took the call.',
				sessionId: threadId,
			},
		]);
	});

	it.each([
		['rejects', 'busy'],
		['unreachable', 'failed'],
	] as const)('because the phone %s says so: %s', async (owner, dialCallStatus) => {
		const trigger = await bench.publish();
		await call({ owner });
		expect(await trigger.started()).toMatchObject([{ dialCallStatus }]);
	});

	it.each([true, false])(
		'because the caller hung up while it rang, whether or not Twilio asks the action (%s)',
		async (asksActionAfterHangUp) => {
			const trigger = await bench.publish();
			await call({ hangsUp: 'while it rings', asksActionAfterHangUp });
			expect(await trigger.started()).toMatchObject([{ dialCallStatus: 'canceled' }]);
		},
	);

	it('and whose caller hung up is not lost where another app has the status callback', async () => {
		bench.number.statusCallback = 'https://crm.example.com/calls';
		bench.twilio.mapHost('https://crm.example.com', bench.twilio.baseUrl);
		const trigger = await bench.publish();
		expect(bench.number.statusCallback).toBe('https://crm.example.com/calls');
		await call({ hangsUp: 'while it rings', asksActionAfterHangUp: false });
		expect(await trigger.started()).toMatchObject([{ dialCallStatus: 'canceled' }]);
	});

	it('of two phones in turn tells of both', async () => {
		const trigger = await bench.publish({
			phones: `${PHONE}, ${SECOND_PHONE}`,
			options: { ringOrder: 'inTurn' },
		});
		const { rang } = await call({ owner: { [PHONE]: 'rejects', [SECOND_PHONE]: 'rings out' } });
		expect(rang).toEqual([PHONE, SECOND_PHONE]);
		expect(await trigger.started()).toMatchObject([
			{ dialCallStatus: 'no-answer', rang: [PHONE, SECOND_PHONE] },
		]);
	});

	it('is told of once, however often Twilio repeats itself', async () => {
		const trigger = await bench.publish({ options: { windowMinutes: 0 } });
		const { deliveries } = await call();
		for (const { url, params } of deliveries) {
			await bench.twilio.deliver({ url, params, token: bench.account.authToken });
		}
		expect(await trigger.started()).toHaveLength(1);
	});
});

describe('a call that somebody takes', () => {
	it.each([undefined, 'in the talk'] as const)(
		'starts nothing, whoever hangs up first (%s)',
		async (hangsUp) => {
			const trigger = await bench.publish();
			const { connectedTo, heard, heardByPhones } = await call({
				owner: 'answers',
				...(hangsUp ? { hangsUp } : {}),
			});
			expect(connectedTo).toBe(PHONE);
			expect(heard).toEqual([]);
			expect(heardByPhones).toEqual(['You have a call. Press any key to take it.']);
			expect(await trigger.started()).toEqual([]);
		},
	);

	it.each([true, false])(
		'without a key starts nothing either, whether or not Twilio asks the action (%s)',
		async (asksActionAfterHangUp) => {
			const trigger = await bench.publish({ options: { acceptByKey: false } });
			const { connectedTo, heardByPhones } = await call({
				owner: 'answers',
				hangsUp: 'in the talk',
				asksActionAfterHangUp,
			});
			expect(connectedTo).toBe(PHONE);
			expect(heardByPhones).toEqual([]);
			expect(await trigger.started()).toEqual([]);
		},
	);

	it('on the second phone in turn starts nothing', async () => {
		const trigger = await bench.publish({
			phones: `${PHONE}, ${SECOND_PHONE}`,
			options: { ringOrder: 'inTurn' },
		});
		const { connectedTo } = await call({
			owner: { [PHONE]: 'rejects', [SECOND_PHONE]: 'answers' },
		});
		expect(connectedTo).toBe(SECOND_PHONE);
		expect(await trigger.started()).toEqual([]);
	});

	it('counts as taken where Twilio does not say whether it connected', async () => {
		const trigger = await bench.publish();
		await call({ owner: 'answers', saysBridged: false });
		expect(await trigger.started()).toEqual([]);
	});
});

describe('a phone that picks up', () => {
	it.each([
		['completed', true],
		['completed', false],
		['no-answer', true],
	] as const)(
		'and presses no key has not taken the call (Twilio calls it %s, says bridged: %s)',
		async (unconnectedStatus, saysBridged) => {
			const trigger = await bench.publish();
			const { connectedTo } = await call({
				owner: 'voicemail',
				unconnectedStatus,
				saysBridged,
			});
			expect(connectedTo).toBeNull();
			expect(await trigger.started()).toMatchObject([{ dialCallStatus: 'no-answer' }]);
		},
	);

	it('leaves the call to another one that takes it', async () => {
		const trigger = await bench.publish({ phones: `${PHONE}, ${SECOND_PHONE}` });
		const { rang, connectedTo } = await call({
			owner: { [PHONE]: 'voicemail', [SECOND_PHONE]: 'answers' },
		});
		expect(rang).toEqual([PHONE, SECOND_PHONE]);
		expect(connectedTo).toBe(SECOND_PHONE);
		expect(await trigger.started()).toEqual([]);
	});

	it('shows the caller, or the number that was called', async () => {
		await bench.publish();
		expect((await call()).shownAs).toBe(CALLER);
		await bench.publish({ options: { callerId: 'business' } });
		expect((await call()).shownAs).toBe(bench.number.phoneNumber);
	});
});

describe('a voicemail', () => {
	const VOICEMAIL = { options: { voicemail: true } };

	it('starts the run when its recording can be fetched', async () => {
		const trigger = await bench.publish(VOICEMAIL);
		const { heard, recordingUrl } = await call({ speaks: 12 });
		expect(heard[0]).toContain('Please leave a message after the tone');
		expect(await trigger.started()).toMatchObject([
			{
				dialCallStatus: 'no-answer',
				rang: [PHONE],
				voicemail: {
					url: recordingUrl,
					seconds: 12,
					recordingSid: expect.stringMatching(/^RE/),
				},
			},
		]);
	});

	it('starts the run all the same where Twilio never tells of its recording', async () => {
		const trigger = await bench.publish(VOICEMAIL);
		const { recordingUrl } = await call({ speaks: 12, tellsOfRecording: false });
		expect(await trigger.started()).toMatchObject([{ voicemail: { url: recordingUrl } }]);
	});

	it('that nobody leaves is not waited for where another app has the status callback', async () => {
		bench.number.statusCallback = 'https://crm.example.com/calls';
		bench.twilio.mapHost('https://crm.example.com', bench.twilio.baseUrl);
		const trigger = await bench.publish(VOICEMAIL);
		await call({ hangsUp: 'during the message' });
		expect(await trigger.started()).toMatchObject([
			{ dialCallStatus: 'no-answer', voicemail: null },
		]);
	});

	it.each([undefined, 'during the message'] as const)(
		'that nobody leaves starts the run without one (%s)',
		async (hangsUp) => {
			const trigger = await bench.publish(VOICEMAIL);
			await call({ ...(hangsUp ? { hangsUp } : {}) });
			expect(await trigger.started()).toMatchObject([
				{ dialCallStatus: 'no-answer', voicemail: null },
			]);
		},
	);

	it('is not offered to a call that somebody takes', async () => {
		const trigger = await bench.publish(VOICEMAIL);
		const { heard } = await call({ owner: 'answers' });
		expect(heard).toEqual([]);
		expect(await trigger.started()).toEqual([]);
	});
});

describe('where nobody is rung', () => {
	const NOBODY = { options: { ringNobody: true, goodbye: 'Please text us.' } };

	it('every call hears the message and starts a run', async () => {
		const trigger = await bench.publish(NOBODY);
		const { rang, heard } = await call();
		expect(rang).toEqual([]);
		expect(heard).toEqual(['Please text us.']);
		expect(await trigger.started()).toMatchObject([{ dialCallStatus: '', rang: [] }]);
	});

	it('takes a voicemail', async () => {
		const trigger = await bench.publish({
			options: { ringNobody: true, voicemail: true, greeting: 'Speak.' },
		});
		const { heard } = await call({ speaks: 3 });
		expect(heard).toEqual(['Speak.']);
		expect(await trigger.started()).toMatchObject([{ rang: [], voicemail: { seconds: 3 } }]);
	});
});
