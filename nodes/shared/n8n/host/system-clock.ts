import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../messaging/clock';

export const systemClock: Clock = {
	now: () => Date.now(),
	elapsed: () => performance.now(),
	sleep: async (ms, signal) => {
		await delay(ms, undefined, signal ? { signal } : {});
	},
	after: (ms, run) => {
		const timer = setTimeout(run, ms).unref();
		return () => clearTimeout(timer);
	},
};
