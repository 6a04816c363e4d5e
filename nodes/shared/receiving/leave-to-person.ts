import { takeoverAt } from '../threads/takeover';
import type { Thread, ThreadServices } from '../threads/thread-store';
import { withTextsEnded } from '../threads/turns/end-texts';

/**
 * Whether a person has the thread; then it is written down that nothing more comes of the texts up to
 * this one, so that nobody begins a run for them later. Rejects with StoreUnavailableError.
 */
export async function leaveTextsToPerson(
	{ store, clock }: ThreadServices,
	{ threadId, state: known }: Thread,
	messageSid: string,
): Promise<boolean> {
	if (takeoverAt(known, clock.now()) === undefined) return false;
	let isLeft = false;
	await store.threads.changeState(
		threadId,
		(state) => {
			isLeft = takeoverAt(state, clock.now()) !== undefined;
			if (!isLeft) return state;
			return withTextsEnded(state, messageSid);
		},
		known,
	);
	return isLeft;
}
