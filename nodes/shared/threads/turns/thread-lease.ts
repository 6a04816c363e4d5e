import type { ClaimRecord } from '../claim-ledger';
import { claimKeys } from '../claim-keys';
import { takeClaim, type HeldClaim } from '../held-claim';
import type { Thread, ThreadServices } from '../thread-store';
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

/**
 * Runs `work`, which needs no right to the thread as it sends nothing, so that others see the turn is
 * at work. Rejects with StoreUnavailableError, or as `work` does.
 */
export async function whileComposing<Result>(
	{ store, clock }: ThreadServices,
	{ threadId, newestSid }: { threadId: string; newestSid: string },
	work: () => Promise<Result>,
): Promise<Result> {
	const taken = await takeClaim(
		store.claims,
		claimKeys.composing(threadId, newestSid),
		LEASE_HOLD_MS,
	);
	// Another run of the same turn is seen already.
	if (taken.status !== 'claimed') return await work();
	try {
		return await taken.claim.whileRenewing(clock, work);
	} finally {
		await taken.claim.release();
	}
}

/** Whether a run works at this moment on the thread, or on the turn that it started last. */
export async function isAtWork(
	{ store }: Pick<ThreadServices, 'store'>,
	{ threadId, state }: Pick<Thread, 'threadId' | 'state'>,
): Promise<boolean> {
	const keys = [
		claimKeys.lease(threadId),
		claimKeys.composing(threadId, state.startedThrough ?? ''),
	];
	for (const key of keys) {
		if ((await store.claims.look(key)).status === 'held') return true;
	}
	return false;
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
