import { beforeEach, describe, expect, it } from '@jest/globals';
import {
	startUpkeep,
	wakeUpkeep,
	type UpkeepTask,
} from '../../../../nodes/shared/n8n/upkeep/upkeep';
import { ManualClock } from '../../../support/manual-clock';

const SECOND = 1_000;
const MINUTE = 60_000;
const TRIGGER = 'a trigger';

let clock: ManualClock;
let startedAt: number;
let failures: string[];

beforeEach(() => {
	clock = new ManualClock();
	startedAt = clock.now();
	failures = [];
});

/** A task that tells when it looked, in milliseconds since it was started. */
function task(
	look: (at: number) => Promise<number | undefined> | number | undefined,
	name = 'sweep',
): UpkeepTask & { looks: number[] } {
	const looks: number[] = [];
	return {
		name,
		looks,
		look: async (now) => {
			looks.push(now - startedAt);
			const next = await look(now - startedAt);
			return next === undefined ? undefined : startedAt + next;
		},
	};
}

function start(...tasks: UpkeepTask[]): () => void {
	return startUpkeep(TRIGGER, tasks, {
		clock,
		failed: (name, error) => void failures.push(`${name}: ${String(error)}`),
		isLasting: (error) => String(error).includes('wrong key'),
	});
}

describe('the upkeep of a trigger', () => {
	it('looks at once, then when the task says, and then no more', async () => {
		const sweep = task((at) => (at === 0 ? 5 * MINUTE : undefined));
		start(sweep);
		await clock.advance(60 * MINUTE);
		expect(sweep.looks).toEqual([0, 5 * MINUTE]);
	});

	it('looks no later where the clock is set back during a look', async () => {
		let looks = 0;
		const sweep = task(() => {
			if (looks++ > 0) return undefined;
			wakeUpkeep(TRIGGER, 'sweep', MINUTE);
			clock.setBy(-60 * MINUTE);
			return undefined;
		});
		start(sweep);
		await clock.advance(MINUTE);
		expect(sweep.looks).toEqual([0, -59 * MINUTE]);
	});

	it('looks earlier where it is woken, and no later than it would have', async () => {
		const sweep = task((at) => (at === 0 ? MINUTE : undefined));
		start(sweep);
		await clock.advance(0);
		expect(wakeUpkeep(TRIGGER, 'sweep', 5 * MINUTE)).toBe(true);
		wakeUpkeep(TRIGGER, 'sweep', 30 * SECOND);
		wakeUpkeep(TRIGGER, 'sweep', 40 * SECOND);
		wakeUpkeep(TRIGGER, 'another task', SECOND);
		await clock.advance(60 * MINUTE);
		expect(sweep.looks).toEqual([0, 30 * SECOND]);
	});

	it('never looks twice at a time: who wakes it meanwhile has it look afterwards', async () => {
		let atOnce = 0;
		const sweep = task(async (at) => {
			expect((atOnce += 1)).toBe(1);
			await clock.sleep(MINUTE);
			atOnce -= 1;
			return at === 0 ? 10 * MINUTE : undefined;
		});
		start(sweep);
		await clock.advance(SECOND);
		wakeUpkeep(TRIGGER, 'sweep', 10 * SECOND);
		await clock.advance(60 * MINUTE);
		expect(sweep.looks).toEqual([0, MINUTE + SECOND]);
	});

	it('tries a look less often that fails until somebody mends what is wrong', async () => {
		const sweep = task(() => {
			throw new Error('wrong key');
		});
		start(sweep);
		await clock.advance(25 * MINUTE);
		expect(sweep.looks).toEqual([0, 10 * MINUTE, 20 * MINUTE]);
	});

	it('tells of a look that failed and tries it again after half a minute', async () => {
		const sweep = task((at) => {
			if (at === 0) throw new Error('store is away');
			return undefined;
		});
		start(sweep);
		await clock.advance(60 * MINUTE);
		expect(sweep.looks).toEqual([0, 30 * SECOND]);
		expect(failures).toEqual(['sweep: Error: store is away']);
	});

	it('lets one task look while another takes its time', async () => {
		const slow = task(async () => {
			await clock.sleep(10 * MINUTE);
			return undefined;
		}, 'slow');
		const sweep = task((at) => (at < MINUTE ? at + 20 * SECOND : undefined));
		start(slow, sweep);
		await clock.advance(60 * MINUTE);
		expect(sweep.looks).toEqual([0, 20 * SECOND, 40 * SECOND, MINUTE]);
	});

	it('leaves the process a second, also where a task is always due', async () => {
		const sweep = task((at) => at);
		start(sweep);
		await clock.advance(10 * SECOND);
		expect(sweep.looks).toHaveLength(11);
	});

	it('ends with the trigger: nothing is looked at any more, and a look under way is told', async () => {
		let told: AbortSignal | undefined;
		const sweep: UpkeepTask = {
			name: 'sweep',
			look: async (now, signal) => {
				told = signal;
				await clock.sleep(MINUTE);
				return now;
			},
		};
		const stop = start(sweep);
		await clock.advance(SECOND);
		stop();
		expect(told?.aborted).toBe(true);
		told = undefined;
		expect(wakeUpkeep(TRIGGER, 'sweep', 0)).toBe(false);
		await clock.advance(60 * MINUTE);
		expect(told).toBeUndefined();
	});

	it('is that of the trigger as it was published last', async () => {
		const before = task((at) => at + MINUTE);
		const after = task((at) => at + MINUTE);
		const stopBefore = start(before);
		await clock.advance(SECOND);
		start(after);
		stopBefore();
		await clock.advance(5 * MINUTE);
		expect(before.looks).toEqual([0]);
		expect(wakeUpkeep(TRIGGER, 'sweep', 0)).toBe(true);
		expect(after.looks.length).toBeGreaterThan(4);
	});
});
