import { FakeClock } from '../support/fake-clock';
import { memoryThreadStore } from '../support/memory-thread-store';
import { threadStoreContract } from './thread-store.contract';

threadStoreContract('the in-memory reference', async () => {
	const clock = new FakeClock();
	const store = memoryThreadStore(clock);
	return {
		store,
		pass: async (ms) => clock.advance(ms),
		setBack: async (ms) => clock.setBy(-ms),
		reopen: async () => store,
		dispose: async () => {},
	};
});
