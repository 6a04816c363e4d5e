import { beforeEach, describe, expect, it } from '@jest/globals';
import {
	StoreUnavailableError,
	type OpenThreadStore,
} from '../../../../nodes/shared/threads/thread-store';
import { pooledStore } from '../../../../nodes/shared/threads/stores/store-pool.singleton';
import { ManualClock } from '../../../support/manual-clock';
import { memoryThreadStore } from '../../../support/memory-thread-store';

const MINUTE = 60_000;
let keys = 0;

describe('pooledStore', () => {
	let clock: ManualClock;
	beforeEach(() => {
		clock = new ManualClock();
	});

	/** An opener that counts what it settled and opened, and notes what was closed. */
	const opener = () => {
		const closed: number[] = [];
		let opened = 0;
		let settled = 0;
		const open = async (): Promise<OpenThreadStore> => {
			const number = ++opened;
			await Promise.resolve();
			return {
				...memoryThreadStore(clock),
				close: async () => void closed.push(number),
			};
		};
		const key = `key-${++keys}`;
		const settle = async (fingerprint = 'a', opening = open) => {
			settled++;
			return await Promise.resolve({ fingerprint, open: opening });
		};
		const get = async (fingerprint = 'a', opening = open) =>
			await pooledStore(key, clock, async () => await settle(fingerprint, opening));
		return { key, get, settle, closed, opened: () => opened, settled: () => settled };
	};

	it('opens once for all that ask at the same time', async () => {
		const { get, opened } = opener();
		const stores = await Promise.all([1, 2, 3].map(async () => await get()));
		expect(opened()).toBe(1);
		await stores[0]?.threads.changeState('t', (state) => ({ ...state, metadata: { a: 'b' } }));
		expect((await stores[2]?.threads.read('t', 1))?.state.metadata).toEqual({ a: 'b' });
	});

	it('does not close for the one what the others use', async () => {
		const { get, closed } = opener();
		const store = await get();
		await store.close();
		expect(closed).toEqual([]);
	});

	it('looks at the settings once a minute, not for every use', async () => {
		const { get, settled } = opener();
		for (let use = 0; use < 5; use++) await get();
		expect(settled()).toBe(1);
		await clock.advance(61_000);
		await get();
		expect(settled()).toBe(2);
	});

	it('opens anew when the settings have changed, and closes the old one when nobody can be in it', async () => {
		const { get, opened, closed } = opener();
		await get('a');
		await clock.advance(61_000);
		await get('b');
		expect(opened()).toBe(2);
		await clock.advance(30_000);
		expect(closed).toEqual([]);
		await clock.advance(31_000);
		expect(closed).toEqual([1]);
	});

	it('closes after ten minutes without use', async () => {
		const { get, closed } = opener();
		await get();
		await clock.advance(9 * MINUTE);
		await get();
		await clock.advance(9 * MINUTE);
		expect(closed).toEqual([]);
		await clock.advance(3 * MINUTE);
		expect(closed).toEqual([1]);
	});

	it('tries again after opening failed', async () => {
		const { get } = opener();
		const down = async () => await Promise.reject(new Error('down'));
		await expect(get('a', down)).rejects.toThrow('down');
		await expect(get()).resolves.toMatchObject({ kind: 'memory' });
	});

	it('has each reader look at the settings, and gives nobody what another has read', async () => {
		const { key, settle, settled } = opener();
		await pooledStore(key, clock, settle, 'one');
		await pooledStore(key, clock, settle, 'one');
		expect(settled()).toBe(1);
		await pooledStore(key, clock, settle, 'other');
		expect(settled()).toBe(2);
		const refused = async () => await Promise.reject(new Error('no credential'));
		const stranger = pooledStore(key, clock, refused, 'stranger');
		await expect(stranger).rejects.toThrow('no credential');
	});

	it('looks again within seconds while the store does not answer', async () => {
		const { get, settled } = opener();
		const down = new StoreUnavailableError('Redis', 'Mend the password.');
		const failing = async (): Promise<OpenThreadStore> => {
			const store = memoryThreadStore(clock);
			const read = async () => await Promise.reject(down);
			return await Promise.resolve({ ...store, threads: { ...store.threads, read } });
		};
		const store = await get('wrong', failing);
		await expect(store.threads.read('t', 1)).rejects.toThrow(down);
		await get('wrong', failing);
		expect(settled()).toBe(1);
		await clock.advance(5_000);
		const mended = await get('right');
		expect(settled()).toBe(2);
		await expect(mended.threads.read('t', 1)).resolves.toMatchObject({ threadId: 't' });
	});
});
