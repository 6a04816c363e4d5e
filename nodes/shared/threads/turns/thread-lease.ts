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
 *
 * @param instead is asked as the waiting begins, and from time to time: what it gives is the result,
 * without any further waiting.
 */
export async function withThreadLease<Result>(
	services: ThreadServices,
	threadId: string,
	waitMs: number,
	work: (lease: ThreadLease) => Promise<Result>,
	instead: () => Promise<Result | undefined> = async () => undefined,
): Promise<Result> {
	const lease = await acquire(services, claimKeys.lease(threadId), waitMs, instead);
	if (!('claim' in lease)) return lease.result;
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

/** What the claims of a turn's run show of it. */
export type RunSign =
	| { kind: 'atWork' }
	/** One that was at work let its hold run out, or ended and left word to the next. `trace` tells it from others. */
	| { kind: 'left'; trace: string }
	| { kind: 'none' };

/** Looks whether a run works at this moment on the thread, or on the turn that it started last. */
export async function signOfRun(
	{ store }: Pick<ThreadServices, 'store'>,
	{ threadId, state: { startedThrough = '' } }: Pick<Thread, 'threadId' | 'state'>,
): Promise<RunSign> {
	const keys = [claimKeys.lease(threadId), claimKeys.composing(threadId, startedThrough)];
	const left: string[] = [];
	for (const key of keys) {
		const seen = await store.claims.look(key);
		if (seen.status === 'held') return { kind: 'atWork' };
		if (seen.status === 'free' && seen.previous && mayBeOf(seen.previous, startedThrough)) {
			left.push(JSON.stringify([key, seen.previous]));
		}
	}
	return left.length > 0 ? { kind: 'left', trace: left.join() } : { kind: 'none' };
}

/** A send says which texts it answers; what says nothing may be of any run. */
function mayBeOf({ answers }: ClaimRecord, startedThrough: string): boolean {
	return !Array.isArray(answers) || answers.at(-1) === startedThrough;
}

async function acquire<Result>(
	{ store, clock, signal }: ThreadServices,
	key: string,
	waitMs: number,
	instead: () => Promise<Result | undefined>,
): Promise<ThreadLease | { result: Result }> {
	const since = clock.elapsed();
	for (let asked = 0; ; asked++) {
		const taken = await takeClaim(store.claims, key, LEASE_HOLD_MS);
		if (taken.status === 'claimed') return { claim: taken.claim, left: taken.previous };
		const waited = clock.elapsed() - since;
		if (waited >= waitMs) throw new LeaseTimeoutError(waited);
		if (asked % ASKS_UNTIL_NEXT_LOOK === 0) {
			const result = await instead();
			if (result !== undefined) return { result };
		}
		await clock.sleep(LEASE_ASK_AGAIN_MS, signal);
	}
}

/** Reading the thread costs more than asking for the lease. */
const ASKS_UNTIL_NEXT_LOOK = 4;
