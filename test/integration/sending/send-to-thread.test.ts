import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recallSent } from '../../../nodes/shared/sending/record-sent';
import { SendHeldError } from '../../../nodes/shared/sending/send-errors';
import { consentOf, optOut } from '../../support/contact-state';
import { storedMessage } from '../../support/stored-message';
import { CONTACT, openSendingDesk, OURS, type SendingDesk, sentIn } from './sending-fixture';

describe('sendToThread', () => {
	let desk: SendingDesk;
	beforeAll(async () => {
		desk = await openSendingDesk();
	});
	beforeEach(() => desk.reset());
	afterAll(() => desk.close());

	const thread = () => desk.services.store.threads.read(desk.threadId, 50);
	const outcomeOf = (key = 'key') => desk.sender.sendToThread(desk.draft(), key);
	const posts = () => desk.twilio.requests.filter(({ method }) => method === 'POST').length;

	it('sends, adds the text to the thread and tells what it costs', async () => {
		const sent = await desk.send(desk.draft({ body: 'Hi “Ann”' }), 'key');
		expect(sent).toMatchObject({
			threadId: desk.threadId,
			status: 'queued',
			to: CONTACT,
			from: OURS,
			messagingServiceSid: null,
			body: 'Hi “Ann”',
			numSegments: 1,
			encoding: 'UCS-2',
			warnings: [],
			repeated: false,
			reconciled: false,
		});
		expect((await thread()).messages).toMatchObject([
			{
				messageSid: sent.messageSid,
				direction: 'outbound',
				author: 'agent',
				body: 'Hi “Ann”',
				sender: OURS,
			},
		]);
	});

	it('sends through a Messaging Service, whose pool picks the number', async () => {
		const draft = desk.draft({ messagingServiceSid: desk.serviceSid });
		delete draft.from;
		const sent = await desk.send(draft, 'key');
		expect(sent).toMatchObject({ status: 'accepted', from: null, numSegments: 1 });
		expect((await thread()).messages[0]?.sender).toBe(desk.serviceSid);
	});

	it('sends once for one key and gives the same message again', async () => {
		const first = await desk.send(desk.draft(), 'key');
		const again = await desk.send(desk.draft({ body: 'Other words' }), 'key');
		expect(again).toMatchObject({
			messageSid: first.messageSid,
			body: 'Hello',
			repeated: true,
		});
		expect(desk.texts()).toEqual(['Hello']);
	});

	it('sends one message for one key when ten executions try at the same time', async () => {
		const tries = await Promise.allSettled(
			Array.from({ length: 10 }, () => desk.send(desk.draft(), 'key')),
		);
		expect(desk.texts()).toEqual(['Hello']);
		expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		const held = tries.filter((one) => one.status === 'rejected' && isHeld(one.reason));
		expect(held).toHaveLength(9);
	});

	it('does not ask for words when they were sent before', async () => {
		await desk.send(desk.draft(), 'key');
		let written = 0;
		const identity = { key: 'key', threadId: desk.threadId, author: 'agent' as const };
		const outcome = await desk.sender.sendOnce(identity, async () => {
			written++;
			return desk.draft();
		});
		const sent = sentIn(outcome);
		expect(sent.repeated).toBe(true);
		expect(written).toBe(0);
	});

	it('gives the claim back when the words cannot be written', async () => {
		const identity = { key: 'key', threadId: desk.threadId, author: 'agent' as const };
		const failing = desk.sender.sendOnce(identity, async () => {
			throw new Error('model is down');
		});
		await expect(failing).rejects.toThrow('model is down');
		expect(await desk.services.store.claims.look('key')).toEqual({ status: 'free' });
	});

	it('tries again after 429, with growing waits', async () => {
		desk.twilio.faults.next({ kind: '429', times: 3 });
		const sent = await desk.send(desk.draft(), 'key');
		expect(sent.repeated).toBe(false);
		expect(desk.texts()).toEqual(['Hello']);
		expect(posts()).toBe(4);
		expect(desk.services.clock.sleeps).toEqual([500, 1000, 2000]);
	});

	it('gives up after six 429 and leaves the send open for a retry', async () => {
		desk.twilio.faults.next({ kind: '429', times: 6 });
		const sending = desk.send(desk.draft(), 'key');
		await expect(sending).rejects.toMatchObject({ name: 'TwilioApiError', code: 20429 });
		expect(posts()).toBe(6);
		await desk.send(desk.draft(), 'key');
		expect(desk.texts()).toEqual(['Hello']);
	});

	it('does not retry a full queue, which is a 429 of another kind', async () => {
		desk.twilio.faults.next({ kind: 'error', code: 21611, status: 429 });
		const sending = desk.send(desk.draft(), 'key');
		await expect(sending).rejects.toMatchObject({ code: 21611 });
		expect(posts()).toBe(1);
	});

	it('asks nothing of Twilio for a contact who has opted out', async () => {
		await optOut(desk.services, desk.threadId, { by: 'Stop' });
		const message = `${CONTACT} has opted out of texts (by "Stop"); nothing was sent`;
		expect(await outcomeOf()).toMatchObject({ why: { why: 'optedOut', message } });
		expect(desk.twilio.requests).toHaveLength(0);
	});

	it('learns from error 21610 and does not ask a second time', async () => {
		desk.twilio.faults.next({ kind: 'error', code: 21610 });
		expect(await outcomeOf('one')).toMatchObject({ why: { why: 'optedOut' } });
		expect(await consentOf(desk.services, desk.threadId)).toMatchObject({
			status: 'optedOut',
			by: '21610',
			how: 'twilio',
		});
		expect(await outcomeOf('two')).toMatchObject({ why: { why: 'optedOut' } });
		expect(posts()).toBe(1);
	});

	it('honours a STOP that comes while it waits to try again', async () => {
		desk.twilio.faults.next({ kind: '429' });
		desk.services.clock.sleep = async (ms) => {
			desk.services.clock.advance(ms);
			await optOut(desk.services, desk.threadId);
		};
		expect(await outcomeOf()).toMatchObject({ why: { why: 'optedOut' } });
		expect(desk.texts()).toEqual([]);
	});

	it('sends nothing that is not wanted any more, and leaves the send open', async () => {
		const turn = [storedMessage('Hi')];
		await desk.services.store.threads.append(desk.threadId, [...turn, storedMessage('Hey')], 0);
		const reply = desk.draft({ purpose: { kind: 'reply', turn } });
		expect(await desk.sender.sendToThread(reply, 'key')).toMatchObject({
			kind: 'unwanted',
			why: { why: 'newerText' },
		});
		expect(posts()).toBe(0);
		await desk.send(desk.draft(), 'key');
		expect(desk.texts()).toEqual(['Hello']);
	});

	it('leaves the send open when Twilio refuses, so that the corrected text goes out', async () => {
		const sending = desk.send(desk.draft({ to: '+1' }), 'key');
		await expect(sending).rejects.toMatchObject({ code: 21211 });
		await desk.send(desk.draft(), 'key');
		expect(desk.texts()).toEqual(['Hello']);
	});

	it('says that the text was sent, with its SID, when the thread cannot take it', async () => {
		const { append } = desk.services.store.threads;
		desk.services.store.threads.append = async () => {
			throw new Error('disk full');
		};
		const sending = desk.send(desk.draft(), 'key');
		await expect(sending).rejects.toThrow(/The text WAS sent \(SM[0-9a-f]{32}\)/);
		desk.services.store.threads.append = append;
		const again = await desk.send(desk.draft(), 'key');
		expect(again.repeated).toBe(true);
		expect(desk.texts()).toEqual(['Hello']);
		expect((await thread()).messages).toHaveLength(1);
	});

	it('recalls a sent text from the thread when Twilio cannot be asked', async () => {
		const sent = await desk.send(desk.draft(), 'key');
		desk.twilio.faults.next({ kind: '503', method: 'GET' });
		const { messageSid } = sent;
		const recalled = await recallSent(
			desk.services,
			{ threadId: desk.threadId, author: 'agent' },
			{ messageSid, reconciled: false },
		);
		expect(recalled).toMatchObject({ messageSid, to: CONTACT, from: OURS, body: 'Hello' });
	});

	it('warns of the characters that cost a second segment', async () => {
		const body = `“${'x'.repeat(80)}” 🙂`;
		const { warnings } = await desk.send(desk.draft({ body }), 'key');
		expect(warnings).toEqual([
			'These characters make the text cost 2 segments instead of 1: “ ” 🙂',
		]);
	});
});

function isHeld(error: unknown): boolean {
	return error instanceof SendHeldError;
}
