import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isThatSend } from '../../../nodes/shared/sending/reconcile-send';
import type { OpenSend } from '../../../nodes/shared/sending/send-record';
import { OutcomeUnknownError, SendHeldError } from '../../../nodes/shared/sending/send-errors';
import { isoTime } from '../../../nodes/shared/messaging/clock';
import { CONTACT, openSendingDesk, OURS, type SendingDesk } from './sending-fixture';

const POST = { method: 'POST', path: /Messages\.json/ } as const;

describe('a send of which the answer is lost', () => {
	let desk: SendingDesk;
	beforeAll(async () => {
		desk = await openSendingDesk();
	});
	beforeEach(() => desk.reset());
	afterAll(() => desk.close());

	const thread = () => desk.services.store.threads.read(desk.threadId, 50);

	it.each(['500-after-accept', 'reset-after-accept', 'hang-after-accept'] as const)(
		'is found in the list of Twilio after %s, and is not sent again',
		async (kind) => {
			desk.twilio.faults.next({ kind, ...POST });
			const sent = await desk.send(desk.draft(), 'key');
			expect(sent).toMatchObject({ body: 'Hello', repeated: false, reconciled: true });
			expect(desk.texts()).toEqual(['Hello']);
			expect((await thread()).messages).toMatchObject([{ messageSid: sent.messageSid }]);
			expect(desk.services.clock.sleeps).toEqual([2000]);
		},
	);

	it('is found although the Service rewrote its characters', async () => {
		desk.twilio.faults.next({ kind: 'reset-after-accept', ...POST });
		const body = '“Tomorrow” – 9 o’clock…';
		const sending = desk.send(desk.draft({ body }), 'key');
		await desk.twilio.waitForMessage(({ direction }) => direction !== 'inbound');
		const [message] = desk.twilio.messages();
		Object.assign(message ?? {}, { body: '"Tomorrow" - 9 o\'clock...' });
		const sent = await sending;
		expect(sent).toMatchObject({ body, reconciled: true });
	});

	it.each(['500', 'reset', 'hang'] as const)(
		'is reported as unknown after %s, and not sent again',
		async (kind) => {
			desk.twilio.faults.next({ kind, ...POST });
			const sending = desk.send(desk.draft(), 'key');
			await expect(sending).rejects.toBeInstanceOf(OutcomeUnknownError);
			expect(desk.texts()).toEqual([]);
			expect(desk.services.clock.sleeps).toEqual([2000, 5000, 10_000]);
		},
	);

	it('is not sent again by a retry within two minutes', async () => {
		desk.twilio.faults.next({ kind: 'reset', ...POST });
		await expect(desk.send(desk.draft(), 'key')).rejects.toThrow();
		const retry = desk.send(desk.draft(), 'key');
		await expect(retry).rejects.toBeInstanceOf(OutcomeUnknownError);
		expect(desk.texts()).toEqual([]);
	});

	it('is sent again by a retry after two minutes, when the list still does not show it', async () => {
		desk.twilio.faults.next({ kind: 'reset', ...POST });
		await expect(desk.send(desk.draft(), 'key')).rejects.toThrow();
		desk.services.clock.advance(120_000);
		const sent = await desk.send(desk.draft(), 'key');
		expect(sent).toMatchObject({ repeated: false, reconciled: false });
		expect(desk.texts()).toEqual(['Hello']);
	});

	it('is not sent again after two minutes while the list cannot be read', async () => {
		desk.twilio.faults.next({ kind: 'reset', ...POST });
		await expect(desk.send(desk.draft(), 'key')).rejects.toThrow();
		desk.services.clock.advance(120_000);
		desk.twilio.faults.next({ kind: '503', method: 'GET', times: 1 });
		const retry = desk.send(desk.draft(), 'key');
		await expect(retry).rejects.toBeInstanceOf(OutcomeUnknownError);
		expect(desk.texts()).toEqual([]);
	});

	it('is found by a retry that the first try did not live to make', async () => {
		desk.twilio.faults.next({ kind: 'hang-after-accept', ...POST });
		desk.twilio.faults.next({ kind: '503', method: 'GET', times: 3 });
		await expect(desk.send(desk.draft(), 'key')).rejects.toThrow();
		const retry = await desk.send(desk.draft({ body: 'New words' }), 'key');
		expect(retry).toMatchObject({ body: 'Hello', repeated: true, reconciled: true });
		expect(desk.texts()).toEqual(['Hello']);
		expect((await thread()).messages).toMatchObject([{ body: 'Hello', author: 'agent' }]);
	});

	it('is not mistaken for an earlier text of the same words', async () => {
		const first = await desk.send(desk.draft({ body: 'Any news?' }), 'one');
		desk.twilio.faults.next({ kind: 'reset', ...POST });
		const second = desk.send(desk.draft({ body: 'Any news?' }), 'two');
		await expect(second).rejects.toBeInstanceOf(OutcomeUnknownError);
		expect((await thread()).messages.map(({ messageSid }) => messageSid)).toEqual([
			first.messageSid,
		]);
	});

	it('is one of two: each finds a message of its own', async () => {
		desk.twilio.faults.next({ kind: 'reset-after-accept', ...POST, times: 2 });
		const sent = await Promise.all(['one', 'two'].map((key) => desk.send(desk.draft(), key)));
		expect(new Set(sent.map(({ messageSid }) => messageSid)).size).toBe(2);
		expect(desk.texts()).toEqual(['Hello', 'Hello']);
	});

	it('is one of two of which only one arrived: the other stays unknown', async () => {
		desk.twilio.faults.next({ kind: 'reset-after-accept', ...POST });
		desk.twilio.faults.next({ kind: 'reset', ...POST });
		const ends = await Promise.allSettled(
			['one', 'two'].map((key) => desk.send(desk.draft(), key)),
		);
		expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
		expect((await thread()).messages).toHaveLength(1);
	});

	it('is looked for before a crashed holder is replaced', async () => {
		const { claims } = desk.services.store;
		const taken = await claims.claim('key', 1000);
		if (taken.status !== 'claimed') throw new Error('not claimed');
		const since = isoTime(desk.services.clock);
		const record = { phase: 'sending' as const, since, to: CONTACT, from: OURS, body: 'Hello' };
		await claims.note('key', taken.token, record, 1000);
		await desk.send(desk.draft(), 'the words of the crashed one');
		const { messageSid } = (await thread()).messages[0] ?? {};
		await desk.services.store.threads.delete(desk.threadId);

		await expect(desk.send(desk.draft(), 'key')).rejects.toBeInstanceOf(SendHeldError);
		desk.services.clock.advance(1001);
		expect(await desk.send(desk.draft(), 'key')).toMatchObject({
			messageSid,
			repeated: true,
			reconciled: true,
		});
		expect(desk.texts()).toEqual(['Hello']);
	});
});

describe('isThatSend', () => {
	const record: OpenSend = {
		phase: 'sending',
		since: '2026-01-15T12:00:00.000Z',
		to: CONTACT,
		body: 'It’s on:  “9 am”…',
	};
	const now = Date.parse('2026-01-15T12:01:00.000Z');
	const listed = {
		messageSid: 'SM1',
		status: 'queued',
		direction: 'outbound-api',
		to: CONTACT,
		from: OURS,
		messagingServiceSid: null,
		body: record.body,
		numSegments: 1,
		numMedia: 0,
		errorCode: null,
		dateCreated: new Date('2026-01-15T12:00:05.000Z'),
	};

	it.each([
		['as written', {}],
		['with Smart Encoding', { body: 'It\'s on: "9 am"...' }],
		['of a trial account', { body: `Sent from your Twilio trial account - ${record.body}` }],
		[
			'with a clock of ours that is fast',
			{ dateCreated: new Date('2026-01-15T11:59:05.000Z') },
		],
	])('knows the text %s', (_how, change) => {
		expect(isThatSend({ ...listed, ...change }, record, now)).toBe(true);
	});

	it.each([
		['other words', { body: 'It’s off' }],
		['an older message', { dateCreated: new Date('2026-01-15T11:58:59.000Z') }],
		['a message without a date', { dateCreated: undefined }],
		['an inbound message', { direction: 'inbound' }],
	])('does not take %s for it', (_what, change) => {
		expect(isThatSend({ ...listed, ...change }, record, now)).toBe(false);
	});

	it('knows the text of a send that was noted by a clock which has been set back since', () => {
		const dateCreated = new Date('2026-01-15T11:00:00.000Z');
		const text = { ...listed, dateCreated };
		expect(isThatSend(text, record, dateCreated.getTime() + 1_000)).toBe(true);
		expect(isThatSend(text, record, now)).toBe(false);
	});

	it('takes for a send of media alone only a message with media', () => {
		const media = { ...record, body: '' };
		expect(isThatSend({ ...listed, body: '', numMedia: 1 }, media, now)).toBe(true);
		expect(isThatSend({ ...listed, body: '', numMedia: 0 }, media, now)).toBe(false);
	});
});
