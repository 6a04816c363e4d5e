import type { ClaimRecord } from '../claim-ledger';
import { claimKeys } from '../claim-keys';
import { takeClaim, type HeldClaim } from '../held-claim';
import type { ThreadServices } from '../thread-store';
import { LEASE_ASK_AGAIN_MS, LEASE_HOLD_MS } from '../timing';

/** The thread was in other hands for longer than we were ready to wait. */
export class LeaseTimeoutError extends Error {
	override readonly name = 'LeaseTimeoutError';
	readonly fix =
		'Run the execution again once the other one has ended. If this happens often, shorten the Time-Out of the model.';

	constructor(readonly waitedMs: number) {
		super(
			`Another run has been answering this contact for more than ${Math.round(waitedMs / 1000)} seconds`,
		);
	}
}

/** The right to work on a thread. */
export interface ThreadLease {
	claim: HeldClaim;
	/** What a run that died noted last. */
	left: ClaimRecord | undefined;
}

/**
 * Runs `work` while no other run, in this process or another that shares the store, works on the
 * thread. Waits for those before it for `waitMs`; rejects with LeaseTimeoutError after that.
 */
export async function withThreadLease<Result>(
	services: ThreadServices,
	threadId: string,
	waitMs: number,
	work: (lease: ThreadLease) => Promise<Result>,
): Promise<Result> {
	const lease = await acquire(services, claimKeys.lease(threadId), waitMs);
	try {
		return await lease.claim.whileRenewing(services.clock, async () => await work(lease));
	} finally {
		await lease.claim.release();
	}
}

/** Whether a run works on the thread at this moment. */
export async function isThreadLeased(
	{ store }: Pick<ThreadServices, 'store'>,
	threadId: string,
): Promise<boolean> {
	const { status } = await store.claims.look(claimKeys.lease(threadId));
	return status === 'held';
}

async function acquire(
	{ store, clock, signal }: ThreadServices,
	key: string,
	waitMs: number,
): Promise<ThreadLease> {
	const since = clock.now();
	for (;;) {
		const taken = await takeClaim(store.claims, key, LEASE_HOLD_MS);
		if (taken.status === 'claimed') return { claim: taken.claim, left: taken.previous };
		const waited = clock.now() - since;
		if (waited >= waitMs) throw new LeaseTimeoutError(waited);
		await clock.sleep(LEASE_ASK_AGAIN_MS, signal);
	}
}
