import { beforeEach, describe, expect, it } from '@jest/globals';
import { recordInbound } from '../../../nodes/shared/receiving/record-inbound';
import type { InboundMessage } from '../../../nodes/shared/twilio/inbound/inbound-webhook';
import type { OpenThreadStore, ThreadStore } from '../../../nodes/shared/threads/thread-store';
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
		await recordInbound({ store, clock }, THREAD, inbound);
	const consent = async () => (await threads.read(THREAD, 1)).state.consent;

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
		});
	});

	it('keeps the first STOP when another follows', async () => {
		await record(text('SM1', 'STOP'));
		const before = await consent();
		await clock.advance(1000);
		await record(text('SM2', 'QUIT'));
		expect(await consent()).toEqual(before);
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
		const dying = { ...threads, changeState: () => Promise.reject(new Error('died')) };
		const first = recordInbound(
			{ store: { ...store, threads: dying }, clock },
			THREAD,
			text('SM1', 'STOP'),
		);
		await expect(first).rejects.toThrow('died');
		expect(await record(text('SM1', 'STOP'))).toMatchObject({ kind: 'duplicate' });
		expect(await consent()).toMatchObject({ status: 'optedOut' });
	});
});
