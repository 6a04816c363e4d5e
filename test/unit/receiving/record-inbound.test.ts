import { beforeEach, describe, expect, it } from '@jest/globals';
import { isoTime } from '../../../nodes/shared/messaging/clock';
import { textsAfter, textsWithoutRun } from '../../../nodes/shared/threads/turns/unanswered';
import { recordInbound } from '../../../nodes/shared/receiving/record-inbound';
import type { InboundMessage } from '../../../nodes/shared/twilio/inbound/inbound-webhook';
import type { OpenThreadStore, ThreadStore } from '../../../nodes/shared/threads/thread-store';
import { consentOf, optOut, USUAL_RULES } from '../../support/contact-state';
import { ManualClock } from '../../support/manual-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const THREAD = `AC${'0'.repeat(32)}:front-desk:+14155550123`;
const text = (messageSid: string, body: string, more: Partial<InboundMessage> = {}) => ({
	messageSid,
	accountSid: `AC${'0'.repeat(32)}`,
	from: '+14155550123',
	to: '+14155550100',
	body,
	media: [],
	numSegments: 1,
	...more,
});

describe('recordInbound', () => {
	let store: OpenThreadStore;
	let threads: ThreadStore;
	const clock = new ManualClock();
	const record = async (inbound: InboundMessage) =>
		await recordInbound({ store, clock }, THREAD, inbound, USUAL_RULES);
	const consent = async () => await consentOf({ store, clock }, THREAD);
	/** The process dies once the text is written down, before it is heeded. */
	const recordAndDie = async (inbound: InboundMessage) => {
		const change = async () => await Promise.reject(new Error('died'));
		const dying = { ...store, records: { ...store.records, change } };
		return await recordInbound({ store: dying, clock }, THREAD, inbound, USUAL_RULES);
	};

	beforeEach(() => {
		store = memoryThreadStore(clock);
		({ threads } = store);
	});

	it('writes a text down as it was written', async () => {
		const first = await record(text('SM1', ' Hi '));
		expect(first).toMatchObject({ kind: 'text', thread: { keptMessages: 1 } });
		expect(first.message).toMatchObject({
			messageSid: 'SM1',
			body: ' Hi ',
			direction: 'inbound',
		});
		expect(await record(text('SM2', 'there'))).toMatchObject({
			kind: 'text',
			thread: { keptMessages: 2 },
		});
	});

	it('tells a repeated delivery from a first one', async () => {
		await record(text('SM1', 'Hi'));
		expect(await record(text('SM1', 'Hi'))).toMatchObject({ kind: 'duplicate' });
		expect((await threads.read(THREAD, 10)).messages).toHaveLength(1);
	});

	it('remembers since when and by which words a contact opted out', async () => {
		expect(await record(text('SM1', ' stop '))).toMatchObject({
			kind: 'consent',
			word: 'stop',
		});
		expect(await consent()).toEqual({
			status: 'optedOut',
			since: new Date(clock.now()).toISOString(),
			by: 'stop',
			how: 'keyword',
			messageSid: 'SM1',
		});
	});

	it('keeps the first STOP when another follows', async () => {
		await record(text('SM1', 'STOP'));
		const before = await consent();
		await clock.advance(1000);
		await record(text('SM2', 'QUIT'));
		expect(await consent()).toEqual(before);
	});

	it('keeps what was said after a STOP that is found later', async () => {
		const came = new Date(clock.now()).toISOString();
		await clock.advance(1000);
		await record(text('SM1', 'STOP'));
		await record(text('SM2', 'START'));
		await recordInbound({ store, clock }, THREAD, text('SM3', 'QUIT'), USUAL_RULES, came);
		expect(await consent()).toMatchObject({ status: 'optedIn', by: 'START' });
		const { messages } = await threads.read(THREAD, 10);
		expect(messages.at(-1)).toMatchObject({ at: came, consent: 'stop' });
	});

	it("follows Twilio's verdict on words of the builder's own", async () => {
		await record(text('SM1', 'basta', { optOutType: 'STOP' }));
		expect(await consent()).toMatchObject({ status: 'optedOut', by: 'basta' });
	});

	it('takes START back from a contact who had opted out, and from no other', async () => {
		expect(await record(text('SM1', 'Yes'))).toMatchObject({ kind: 'text' });
		await record(text('SM2', 'STOP'));
		expect(await record(text('SM3', 'Yes'))).toMatchObject({ kind: 'consent', word: 'start' });
		expect(await consent()).toMatchObject({ status: 'optedIn', by: 'Yes' });
	});

	it("takes Twilio's START from a contact who had opted out, and from no other", async () => {
		const yes = { optOutType: 'START' };
		expect(await record(text('SM1', 'Yes', yes))).toMatchObject({ kind: 'text' });
		expect(await consent()).toEqual({ status: 'unknown' });
		await record(text('SM2', 'STOP', { optOutType: 'STOP' }));
		expect(await record(text('SM3', 'Yes', yes))).toMatchObject({ kind: 'consent' });
	});

	it.each(['START', 'yes', 'Unstop'])(
		'leaves no text that waits for a run after %s',
		async (body) => {
			await record(text('SM1', 'STOP'));
			const { thread } = await record(text('SM2', body));
			expect(textsWithoutRun(thread)).toEqual([]);
			const again = await record(text('SM2', body));
			expect(textsWithoutRun(again.thread)).toEqual([]);
			const next = await record(text('SM3', 'Hello'));
			expect(textsWithoutRun(next.thread).map((one) => one.body)).toEqual(['Hello']);
		},
	);

	it('lifts no opt-out for a "Yes" of before that is delivered again', async () => {
		await record(text('SM1', 'Yes'));
		await clock.advance(1000);
		const taught = { since: isoTime(clock), by: '21610', how: 'twilio' as const };
		await optOut({ store, clock }, THREAD, taught);
		expect(await record(text('SM1', 'Yes'))).toMatchObject({ kind: 'duplicate' });
		expect(await consent()).toEqual({ status: 'optedOut', ...taught });
	});

	it('lifts an opt-out at the second delivery where the process died in the middle of the first', async () => {
		await record(text('SM1', 'STOP'));
		await clock.advance(1000);
		await expect(recordAndDie(text('SM2', 'START'))).rejects.toThrow('died');
		await record(text('SM2', 'START'));
		expect(await consent()).toMatchObject({ status: 'optedIn', by: 'START' });
	});

	it('opts out at the second delivery of a STOP that died, though a text came between', async () => {
		await expect(recordAndDie(text('SM1', 'STOP'))).rejects.toThrow('died');
		await record(text('SM2', 'I mean it'));
		await record(text('SM1', 'STOP'));
		expect(await consent()).toMatchObject({ status: 'optedOut' });
	});

	it('knows what a phone wrote by itself, which waits for no run and makes no reply stale', async () => {
		const first = await record(text('SM1', 'Is Friday at 9 free?'));
		const liked = await record(text('SM2', 'Liked “Friday at 9?”'));
		expect(liked).toMatchObject({ kind: 'reaction', reaction: 'tapback' });
		expect(liked.message).toMatchObject({ body: 'Liked “Friday at 9?”', reaction: 'tapback' });
		expect(textsWithoutRun(liked.thread)).toEqual([first.message]);
		expect(textsAfter(liked.thread.messages, ['SM1'])).toEqual([]);
		expect(await record(text('SM2', 'Liked “Friday at 9?”'))).toMatchObject({
			kind: 'duplicate',
		});
	});

	it('takes a picture with such words for a text', async () => {
		const media = [{ url: 'https://example.com/1', contentType: 'image/png' }];
		expect(await record(text('SM1', 'Loved “it”', { media }))).toMatchObject({ kind: 'text' });
	});

	it('leaves consent alone for HELP', async () => {
		expect(await record(text('SM1', 'HELP'))).toMatchObject({ kind: 'consent', word: 'help' });
		expect(await consent()).toEqual({ status: 'unknown' });
	});

	it('does not opt out again when an old STOP is delivered once more after a START', async () => {
		await record(text('SM1', 'STOP'));
		await record(text('SM2', 'START'));
		await record(text('SM1', 'STOP'));
		expect(await consent()).toMatchObject({ status: 'optedIn' });
	});

	it('opts out at the second delivery where the process died in the middle of the first', async () => {
		await expect(recordAndDie(text('SM1', 'STOP'))).rejects.toThrow('died');
		expect(await record(text('SM1', 'STOP'))).toMatchObject({ kind: 'duplicate' });
		expect(await consent()).toMatchObject({ status: 'optedOut' });
	});
});
