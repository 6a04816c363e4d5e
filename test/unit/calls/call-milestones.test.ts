import { beforeEach, describe, expect, it } from '@jest/globals';
import {
	beginWindow,
	hasReached,
	reachMilestone,
} from '../../../nodes/shared/calls/call-milestones';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const CALL = `CA${'1'.repeat(32)}`;
const DAY_MS = 86_400_000;

let clock: FakeClock;
let deps: Parameters<typeof reachMilestone>[0];

beforeEach(() => {
	clock = new FakeClock();
	deps = { claims: memoryThreadStore(clock).claims, clock };
});

describe('a milestone of a call', () => {
	it('is reached once, also by many at once, and is still there after a day', async () => {
		const first = await Promise.all(
			Array.from({ length: 20 }, async () => await reachMilestone(deps, CALL, 'decided')),
		);
		expect(first.filter(Boolean)).toHaveLength(1);
		clock.advance(DAY_MS - 60_000);
		expect(await reachMilestone(deps, CALL, 'decided')).toBe(false);
	});

	it('is not reached by looking, also by many at once while it is reached', async () => {
		expect(await hasReached(deps, CALL, 'answered')).toBe(false);
		expect(await hasReached(deps, CALL, 'answered')).toBe(false);
		const looks = Array.from(
			{ length: 10 },
			async () => await hasReached(deps, CALL, 'answered'),
		);
		const [put] = await Promise.all([reachMilestone(deps, CALL, 'answered'), ...looks]);
		expect(put).toBe(true);
		expect(await hasReached(deps, CALL, 'answered')).toBe(true);
	});

	it('is of one call and one kind', async () => {
		await reachMilestone(deps, CALL, 'answered');
		expect(await hasReached(deps, CALL, 'rung')).toBe(false);
		expect(await hasReached(deps, `CA${'2'.repeat(32)}`, 'answered')).toBe(false);
	});
});

describe('a window', () => {
	it('has one first call, and ends', async () => {
		expect(await beginWindow(deps, 'thread', 600_000)).toBeDefined();
		clock.advance(599_000);
		expect(await beginWindow(deps, 'thread', 600_000)).toBeUndefined();
		expect(await beginWindow(deps, 'another thread', 600_000)).toBeDefined();
		clock.advance(2_000);
		expect(await beginWindow(deps, 'thread', 600_000)).toBeDefined();
	});

	it('of no length is none', async () => {
		expect(await beginWindow(deps, 'thread', 0)).toBeDefined();
		expect(await beginWindow(deps, 'thread', 0)).toBeDefined();
	});
});
