import { describe, expect, it } from '@jest/globals';
import { readAhead, type Upcoming } from '../../../nodes/shared/threads/read-ahead';
import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';
import { memoryThreadStore } from '../../support/memory-thread-store';
import { FakeClock } from '../../support/fake-clock';

const contacts = (count: number, most = 20): Upcoming[] =>
	Array.from({ length: count }, (_, nth) => ({
		threadId: `AC:agent:${nth}`,
		recordKeys: [`contact:AC::${nth}`, `erased:AC::${nth}`, 'brand:AC:'],
		allowances: [{ key: `texts:${nth}`, most }],
		taker: String(nth),
	}));

/** A store that says what is asked of it. */
function watched() {
	const clock = new FakeClock(Date.now());
	const store = memoryThreadStore(clock);
	const calls = {
		read: 0,
		readMany: 0,
		records: [] as number[],
		take: 0,
		takeEach: [] as number[],
	};
	const { threads, allowances, records } = store;
	const watching: OpenThreadStore = {
		...store,
		threads: {
			...threads,
			read: async (...given) => (calls.read++, await threads.read(...given)),
			readMany: async (...given) => (calls.readMany++, await threads.readMany(...given)),
		},
		records: {
			...records,
			read: async (keys) => {
				calls.records.push(keys.length);
				return await records.read(keys);
			},
		},
		allowances: {
			take: async (...given) => (calls.take++, await allowances.take(...given)),
			takeEach: async (requests) => {
				calls.takeEach.push(requests.length);
				return await allowances.takeEach(requests);
			},
		},
	};
	return { clock, store: watching, calls };
}

const takeAll = async (store: OpenThreadStore, upcoming: readonly Upcoming[]) => {
	for (const { allowances, taker } of upcoming) await store.allowances.take(allowances, taker);
};

describe('a store that is read ahead', () => {
	it('is asked for allowances in pages that grow, each text counted once', async () => {
		const { clock, store, calls } = watched();
		const all = contacts(200);
		await takeAll(readAhead({ store, clock }, all), all);
		expect(calls).toMatchObject({ take: 0 });
		expect(calls.takeEach.length).toBeLessThan(12);
		expect(calls.takeEach.reduce((sum, size) => sum + size, 0)).toBe(200);
	});

	it('counts few of those that are passed over, as they were texted before', async () => {
		const { clock, store, calls } = watched();
		const all = contacts(1_000);
		await takeAll(
			readAhead({ store, clock }, all),
			all.filter((_, nth) => nth % 20 === 0),
		);
		const counted = calls.takeEach.reduce((sum, size) => sum + size, 0);
		expect(counted).toBeLessThan(50 + 40);
	});

	it('reads threads in pages, each for its contact once and while it is fresh', async () => {
		const { clock, store, calls } = watched();
		const all = contacts(100);
		const ahead = readAhead({ store, clock }, all);
		for (const { threadId } of all) {
			expect(await ahead.threads.read(threadId, 50)).toMatchObject({ threadId });
		}
		expect(calls).toMatchObject({ read: 0, readMany: 2 });
		await ahead.threads.read(all[0]?.threadId ?? '', 50);
		expect(calls.read).toBe(1);
	});

	it('reads a thread again that was read more than a second ago', async () => {
		const { clock, store, calls } = watched();
		const all = contacts(3);
		const ahead = readAhead({ store, clock }, all);
		await ahead.threads.read(all[0]?.threadId ?? '', 50);
		clock.advance(2_000);
		await ahead.threads.read(all[1]?.threadId ?? '', 50);
		expect(calls.readMany).toBe(2);
	});

	it('reads the records of each text in pages, those of many texts once for a page', async () => {
		const { clock, store, calls } = watched();
		const all = contacts(120);
		await store.records.change('contact:AC::7', () => ({ consent: 'optedOut' }));
		await store.records.change('brand:AC:', () => ({ name: 'none' }));
		const ahead = readAhead({ store, clock }, all);
		for (const [nth, { recordKeys = [] }] of all.entries()) {
			expect(await ahead.records.read(recordKeys.toReversed())).toEqual([
				{ name: 'none' },
				undefined,
				nth === 7 ? { consent: 'optedOut' } : undefined,
			]);
		}
		expect(calls.records).toEqual([100, 1, 100, 1, 41]);
	});

	it('goes to the store for records that were not foreseen, were given, or are old', async () => {
		const { clock, store, calls } = watched();
		const all = contacts(2);
		const ahead = readAhead({ store, clock }, all);
		const [first = [], second = []] = all.map(({ recordKeys }) => recordKeys);
		await ahead.records.read(first);
		const optOut = async (key = '') =>
			await ahead.records.change(key, () => ({ consent: 'optedOut' }));
		await Promise.all([optOut(first[0]), optOut(second[0])]);
		clock.advance(2_000);
		for (const keys of [first, second]) {
			expect((await ahead.records.read(keys))[0]).toEqual({ consent: 'optedOut' });
		}
		await ahead.records.read(['agent:AC:a']);
		expect(calls.records).toEqual([5, 3, 3, 1]);
	});
});
