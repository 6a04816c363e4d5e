import { jest } from '@jest/globals';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { FakeClock } from '../../support/fake-clock';

/** Milliseconds; what a single try waits for is shorter. */
const LONG = 30_000;

/**
 * As `skipWaits`; each time a node waits for half a minute or longer the next of `events` happens
 * first. Gives the long waits, in milliseconds.
 */
export function whileWaiting(...events: Array<() => unknown>): number[] {
	const clock = new FakeClock(Date.now());
	const waits: number[] = [];
	jest.spyOn(systemClock, 'now').mockImplementation(() => clock.now());
	jest.spyOn(systemClock, 'elapsed').mockImplementation(() => clock.elapsed());
	jest.spyOn(systemClock, 'sleep').mockImplementation(async (ms, signal) => {
		if (ms >= LONG) {
			waits.push(ms);
			await events.shift()?.();
		}
		await clock.sleep(ms, signal);
	});
	return waits;
}
