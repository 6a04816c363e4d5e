import { beforeEach, describe, expect, it } from '@jest/globals';
import { isCallMarked, isFirstOfWindow, markCall } from '../../../nodes/shared/calls/call-marks';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const CALL = `CA${'1'.repeat(32)}`;
const DAY_MS = 86_400_000;

let clock: FakeClock;
let deps: Parameters<typeof markCall>[0];

beforeEach(() => {
	clock = new FakeClock();
	deps = { claims: memoryThreadStore(clock).claims, clock };
});

describe('a mark of a call', () => {
	it('is put once, also by many at once, and is still there after a day', async () => {
		const first = await Promise.all(
			Array.from({ length: 20 }, async () => await markCall(deps, CALL, 'decided')),
		);
		expect(first.filter(Boolean)).toHaveLength(1);
		clock.advance(DAY_MS - 60_000);
		expect(await markCall(deps, CALL, 'decided')).toBe(false);
	});

	it('is not put by looking, also by many at once while it is put', async () => {
		expect(await isCallMarked(deps, CALL, 'taken')).toBe(false);
		expect(await isCallMarked(deps, CALL, 'taken')).toBe(false);
		const looks = Array.from(
			{ length: 10 },
			async () => await isCallMarked(deps, CALL, 'taken'),
		);
		const [put] = await Promise.all([markCall(deps, CALL, 'taken'), ...looks]);
		expect(put).toBe(true);
		expect(await isCallMarked(deps, CALL, 'taken')).toBe(true);
	});

	it('is of one call and one kind', async () => {
		await markCall(deps, CALL, 'taken');
		expect(await isCallMarked(deps, CALL, 'rung')).toBe(false);
		expect(await isCallMarked(deps, `CA${'2'.repeat(32)}`, 'taken')).toBe(false);
	});
});

describe('a window', () => {
	it('has one first call, and ends', async () => {
		expect(await isFirstOfWindow(deps, 'thread', 600_000)).toBe(true);
		clock.advance(599_000);
		expect(await isFirstOfWindow(deps, 'thread', 600_000)).toBe(false);
		expect(await isFirstOfWindow(deps, 'another thread', 600_000)).toBe(true);
		clock.advance(2_000);
		expect(await isFirstOfWindow(deps, 'thread', 600_000)).toBe(true);
	});

	it('of no length is none', async () => {
		expect(await isFirstOfWindow(deps, 'thread', 0)).toBe(true);
		expect(await isFirstOfWindow(deps, 'thread', 0)).toBe(true);
	});
});
