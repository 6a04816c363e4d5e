import type { Clock } from '../../messaging/clock';
import type { ClaimLedger } from '../claim-ledger';

const ASK_AGAIN_MS = 250;

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

interface LeaseDeps {
	claims: ClaimLedger;
	clock: Clock;
	signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while no other run, in this process or another that shares the store, works on the
 * thread. Waits its turn for `waitMs`; rejects with LeaseTimeoutError after that.
 */
export async function withThreadLease<Result>(
	deps: LeaseDeps,
	threadId: string,
	waitMs: number,
	work: () => Promise<Result>,
): Promise<Result> {
	const key = leaseKey(threadId);
	const token = await acquire(deps, key, waitMs);
	try {
		return await whileHolding(deps.claims, { key, token }, work);
	} finally {
		// An outage here must not hide what the work resulted in; the hold ends by itself.
		await deps.claims.release(key, token).catch(() => undefined);
	}
}

/** Whether a run works on the thread at this moment. */
export async function isThreadLeased(claims: ClaimLedger, threadId: string): Promise<boolean> {
	const key = leaseKey(threadId);
	const claim = await claims.claim(key, HOLD_MS);
	if (claim.status !== 'claimed') return true;
	await claims.release(key, claim.token);
	return false;
}

function leaseKey(threadId: string): string {
	return `lease:${threadId}`;
}

async function acquire({ claims, clock, signal }: LeaseDeps, key: string, waitMs: number) {
	const since = clock.now();
	for (;;) {
		const claim = await claims.claim(key, HOLD_MS);
		if (claim.status === 'claimed') return claim.token;
		const waited = clock.now() - since;
		if (waited >= waitMs) throw new LeaseTimeoutError(waited);
		await clock.sleep(ASK_AGAIN_MS, signal);
	}
}

/** Milliseconds. A holder that dies gives back what it held after this long. */
export const HOLD_MS = 30_000;
const RENEW_MS = 10_000;

/**
 * Does `work` and holds on to an open claim meanwhile, however long that takes. No renewal is on its
 * way any more when this resolves, so that it cannot undo what the holder writes down next. Where
 * renewing fails the hold runs out: whoever has lost it learns that from the next `note`.
 */
export async function whileHolding<Result>(
	claims: ClaimLedger,
	{ key, token }: { key: string; token: string },
	work: () => Promise<Result>,
): Promise<Result> {
	let renewed: Promise<void> = Promise.resolve();
	const renewal = setInterval(() => {
		renewed = claims.note(key, token, { phase: 'open' }, HOLD_MS).catch(() => undefined);
	}, RENEW_MS);
	try {
		return await work();
	} finally {
		clearInterval(renewal);
		await renewed;
	}
}
