import { jest } from '@jest/globals';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { ManualClock } from '../../support/manual-clock';

/** The nodes' clock, in the hands of the test until it ends. */
export function holdClock(): ManualClock {
	const clock = new ManualClock();
	jest.spyOn(systemClock, 'now').mockImplementation(() => clock.now());
	jest.spyOn(systemClock, 'elapsed').mockImplementation(() => clock.elapsed());
	jest.spyOn(systemClock, 'sleep').mockImplementation(
		async (ms, signal) => await clock.sleep(ms, signal),
	);
	return clock;
}
