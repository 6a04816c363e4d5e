import { beforeEach, describe, expect, it } from '@jest/globals';
import { gatherTurn, type BurstPolicy } from '../../../../nodes/shared/threads/turns/gather-turn';
import type { OpenThreadStore } from '../../../../nodes/shared/threads/thread-store';
import { ManualClock } from '../../../support/manual-clock';
import { memoryThreadStore } from '../../../support/memory-thread-store';
import { storedMessage } from '../../../support/stored-message';

const THREAD = 'AC:agent:+14155550123';
const POLICY: BurstPolicy = { quietMs: 3_000, maxWaitMs: 10_000, maxTexts: 5 };

describe('gatherTurn', () => {
	let clock: ManualClock;
	let store: OpenThreadStore;
	/** What each text's caller got, by the text's body; absent while it waits. */
	let got: Map<string, string[] | undefined>;

	beforeEach(() => {
		clock = new ManualClock();
		store = memoryThreadStore(clock);
		got = new Map();
	});

	const write = async (body: string) => {
		const text = storedMessage(body, { at: new Date(clock.now()).toISOString() });
		await store.threads.append(THREAD, [text], 0);
		return text.messageSid;
	};
	const gather = async (messageSid: string, policy = POLICY) => {
		const thread = await store.threads.read(THREAD, 50);
		const turn = await gatherTurn({ store, clock }, thread, messageSid, policy);
		return turn?.texts.map(({ body }) => body);
	};
	const textIn = async (body: string, policy = POLICY) => {
		const messageSid = await write(body);
		void gather(messageSid, policy).then((texts) => got.set(body, texts));
	};

	it('hands over a text at once where nobody waits', async () => {
		expect(await gather(await write('hi'), { ...POLICY, quietMs: 0 })).toEqual(['hi']);
	});

	it('gives three quick texts to the caller of the last one, once it is quiet', async () => {
		for (const body of ['one', 'two', 'three']) {
			await textIn(body);
			await clock.advance(1_000);
		}
		expect(got.has('three')).toBe(false);
		await clock.advance(2_000);
		expect(got).toEqual(
			new Map([
				['one', undefined],
				['two', undefined],
				['three', ['one', 'two', 'three']],
			]),
		);
	});

	it('does not wait longer than the maximum where the clock is set back meanwhile', async () => {
		await textIn('hi');
		await clock.advance(1_000);
		clock.setBy(-3_600_000);
		await clock.advance(POLICY.maxWaitMs);
		expect(got).toEqual(new Map([['hi', ['hi']]]));
	});

	it('does not wait longer than the maximum, however long the texts go on', async () => {
		for (const body of ['1', '2', '3', '4']) {
			await textIn(body, { ...POLICY, maxWaitMs: 7_000 });
			await clock.advance(2_000);
		}
		expect(got.get('4')).toEqual(['1', '2', '3', '4']);
	});

	it('does not wait for more texts than the maximum', async () => {
		for (const body of ['1', '2']) await textIn(body, { ...POLICY, maxTexts: 2 });
		await clock.advance(0);
		expect(got.get('2')).toEqual(['1', '2']);
	});

	it('starts a turn of its own for a text after the turn was taken', async () => {
		await textIn('one');
		await clock.advance(3_000);
		await textIn('two');
		await clock.advance(3_000);
		expect(got.get('one')).toEqual(['one']);
		expect(got.get('two')).toEqual(['two']);
	});

	it('takes along a text whose caller died while it waited', async () => {
		await write('lost');
		await clock.advance(60_000);
		expect(await gather(await write('next'), { ...POLICY, quietMs: 0 })).toEqual([
			'lost',
			'next',
		]);
	});

	it('leaves out what Twilio answers by itself', async () => {
		await store.threads.append(THREAD, [storedMessage('HELP', { consent: 'help' })], 0);
		expect(await gather(await write('hi'), { ...POLICY, quietMs: 0 })).toEqual(['hi']);
	});

	it('gives a text that was delivered to two processes to one of them', async () => {
		const messageSid = await write('once');
		const both = await Promise.all(
			[1, 2].map(async () => await gather(messageSid, { ...POLICY, quietMs: 0 })),
		);
		expect(both.filter((texts) => texts !== undefined)).toEqual([['once']]);
	});

	it('gives nothing where a reply in the meantime has answered the text', async () => {
		const messageSid = await write('hi');
		const waiting = gather(messageSid);
		const reply = storedMessage('hello', { direction: 'outbound', answers: [messageSid] });
		await store.threads.append(THREAD, [reply], 0);
		await clock.advance(3_000);
		expect(await waiting).toBeUndefined();
	});
});
