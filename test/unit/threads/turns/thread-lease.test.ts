import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OpenThreadStore } from '../../../../nodes/shared/threads/thread-store';
import {
	LeaseTimeoutError,
	withThreadLease,
} from '../../../../nodes/shared/threads/turns/thread-lease';
import { ManualClock } from '../../../support/manual-clock';
import { memoryThreadStore } from '../../../support/memory-thread-store';

const SECOND = 1_000;

describe('withThreadLease', () => {
	let clock: ManualClock;
	let store: OpenThreadStore;
	let order: string[];

	beforeEach(() => {
		clock = new ManualClock();
		store = memoryThreadStore(clock);
		order = [];
	});

	const work = (name: string, threadId: string, ms: number, waitMs = 60 * SECOND) =>
		withThreadLease({ store, clock }, threadId, waitMs, async () => {
			order.push(`${name} begins`);
			await clock.sleep(ms);
			order.push(`${name} ends`);
		});

	it('lets one after the other work on a thread', async () => {
		const both = Promise.all([work('a', 't', 5 * SECOND), work('b', 't', SECOND)]);
		await clock.advance(10 * SECOND);
		await both;
		expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
	});

	it('lets different threads be worked on at the same time', async () => {
		const both = Promise.all([work('a', 't1', 5 * SECOND), work('b', 't2', SECOND)]);
		await clock.advance(5 * SECOND);
		await both;
		expect(order).toEqual(['a begins', 'b begins', 'b ends', 'a ends']);
	});

	it('gives the thread back when the work fails', async () => {
		const failing = withThreadLease({ store, clock }, 't', 0, async () => {
			await Promise.resolve();
			throw new Error('model down');
		});
		await expect(failing).rejects.toThrow('model down');
		const next = work('next', 't', 0, 0);
		await clock.advance(0);
		await next;
		expect(order).toEqual(['next begins', 'next ends']);
	});

	it('keeps the thread for as long as the work takes', async () => {
		const slow = work('slow', 't', 100 * SECOND);
		const waiting = work('waiting', 't', 0, 200 * SECOND);
		await clock.advance(101 * SECOND);
		await Promise.all([slow, waiting]);
		expect(order).toEqual(['slow begins', 'slow ends', 'waiting begins', 'waiting ends']);
	});

	it('passes on the thread of a holder that died', async () => {
		await store.claims.claim('lease:t', 30 * SECOND);
		const next = work('next', 't', 0);
		await clock.advance(29 * SECOND);
		expect(order).toEqual([]);
		await clock.advance(2 * SECOND);
		await next;
	});

	it('gives up after the time it was told to wait', async () => {
		const slow = work('slow', 't', 20 * SECOND);
		const impatient = work('impatient', 't', 0, 5 * SECOND).catch((error: unknown) => error);
		await clock.advance(20 * SECOND);
		expect(await impatient).toBeInstanceOf(LeaseTimeoutError);
		await slow;
	});
});
