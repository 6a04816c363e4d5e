import { LiveThreads } from '../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import { DEFAULT_LIMITS } from '../../nodes/shared/threads/thread-limits';
import { FakeClock } from '../support/fake-clock';
import { threadStoreContract } from './thread-store.contract';

const limits = { ...DEFAULT_LIMITS, messagesPerThread: 1_000 };

threadStoreContract('workflow static data', async () => {
	const clock = new FakeClock();
	const live = new LiveThreads();
	const openOn = (threads: LiveThreads) =>
		staticDataThreadStore(threads, limits, clock, () => {});
	return {
		store: openOn(live),
		pass: async (ms) => clock.advance(ms),
		setBack: async (ms) => clock.setBy(-ms),
		// As after a restart of n8n: all that is left is the JSON in its database.
		reopen: async () => {
			const restarted = new LiveThreads();
			restarted.absorb(JSON.parse(JSON.stringify(live)));
			return openOn(restarted);
		},
		dispose: async () => {},
	};
});
