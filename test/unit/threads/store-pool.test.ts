import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OpenThreadStore } from '../../../nodes/shared/threads/open-store';
import { pooledStore } from '../../../nodes/shared/threads/store-pool.singleton';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const MINUTE = 60_000;
let keys = 0;

describe('pooledStore', () => {
	beforeEach(() => {
		jest.useFakeTimers();
	});
	afterEach(() => {
		jest.useRealTimers();
	});

	/** An opener that counts what it opened and notes what was closed. */
	const opener = () => {
		const closed: number[] = [];
		let opened = 0;
		const open = async (): Promise<OpenThreadStore> => {
			const number = ++opened;
			await Promise.resolve();
			return {
				...memoryThreadStore(new FakeClock()),
				close: async () => void closed.push(number),
			};
		};
		return { key: `key-${++keys}`, open, closed, opened: () => opened };
	};

	it('opens once for all that ask at the same time', async () => {
		const { key, open, opened } = opener();
		const stores = await Promise.all(
			[1, 2, 3].map(async () => await pooledStore(key, 'a', open)),
		);
		expect(opened()).toBe(1);
		await stores[0]?.threads.changeState('t', (state) => ({ ...state, mode: 'takeover' }));
		expect((await stores[2]?.threads.read('t', 1))?.state.mode).toBe('takeover');
	});

	it('does not close for the one what the others use', async () => {
		const { key, open, closed } = opener();
		const store = await pooledStore(key, 'a', open);
		await store.close();
		expect(closed).toEqual([]);
	});

	it('opens anew when the settings have changed, and closes the old one when nobody can be in it', async () => {
		const { key, open, opened, closed } = opener();
		await pooledStore(key, 'a', open);
		await pooledStore(key, 'b', open);
		expect(opened()).toBe(2);
		await jest.advanceTimersByTimeAsync(30_000);
		expect(closed).toEqual([]);
		await jest.advanceTimersByTimeAsync(31_000);
		expect(closed).toEqual([1]);
	});

	it('closes after ten minutes without use', async () => {
		const { key, open, closed } = opener();
		await pooledStore(key, 'a', open);
		await jest.advanceTimersByTimeAsync(9 * MINUTE);
		await pooledStore(key, 'a', open);
		await jest.advanceTimersByTimeAsync(9 * MINUTE);
		expect(closed).toEqual([]);
		await jest.advanceTimersByTimeAsync(3 * MINUTE);
		expect(closed).toEqual([1]);
	});

	it('tries again after opening failed', async () => {
		const { key, open } = opener();
		const down = async () => await Promise.reject(new Error('down'));
		await expect(pooledStore(key, 'a', down)).rejects.toThrow('down');
		await expect(pooledStore(key, 'a', open)).resolves.toMatchObject({ kind: 'memory' });
	});
});
