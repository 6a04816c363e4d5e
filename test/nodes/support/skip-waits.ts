import { jest } from '@jest/globals';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { FakeClock } from '../../support/fake-clock';

/** Until the test ends, what the nodes wait for is over at once, and their clock has moved on by it. */
export function skipWaits(): void {
	const clock = new FakeClock(Date.now());
	jest.spyOn(systemClock, 'now').mockImplementation(() => clock.now());
	jest.spyOn(systemClock, 'elapsed').mockImplementation(() => clock.elapsed());
	jest.spyOn(systemClock, 'sleep').mockImplementation(
		async (ms, signal) => await clock.sleep(ms, signal),
	);
}
