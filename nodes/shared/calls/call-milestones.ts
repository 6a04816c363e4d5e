import type { Clock } from '../messaging/clock';
import { claimKeys } from '../threads/claim-keys';
import type { ClaimLedger } from '../threads/claim-ledger';

/**
 * What a call has come to: somebody answered it, it has rung for as long as it does, the caller
 * spoke after the beep, and it is decided whether the caller is texted.
 */
export type CallMilestone = 'answered' | 'rung' | 'recorded' | 'decided';

/** A milestone is settled in one step after it is claimed; whoever finds it held comes back in a moment. */
const HOLD_MS = 5_000;
const ASK_AGAIN_MS = 50;

interface MilestoneDeps {
	claims: ClaimLedger;
	clock: Clock;
}

/**
 * Writes down that the call has reached the milestone. Resolves to whether it had not before: of
 * several requests at once, one is told so. Kept for a day at least. Rejects with
 * StoreUnavailableError.
 */
export async function reachMilestone(
	{ claims, clock }: MilestoneDeps,
	callSid: string,
	milestone: CallMilestone,
): Promise<boolean> {
	const key = claimKeys.call(callSid, milestone);
	for (;;) {
		const claim = await claims.claim(key, HOLD_MS);
		if (claim.status === 'settled') return false;
		if (claim.status === 'claimed') {
			await claims.settle(key, claim.token, {});
			return true;
		}
		await clock.sleep(ASK_AGAIN_MS);
	}
}

/** Whether the call has reached the milestone. Rejects with StoreUnavailableError. */
export async function hasReached(
	{ claims, clock }: MilestoneDeps,
	callSid: string,
	milestone: CallMilestone,
): Promise<boolean> {
	const key = claimKeys.call(callSid, milestone);
	for (;;) {
		const { status } = await claims.look(key);
		if (status !== 'held') return status === 'settled';
		await clock.sleep(ASK_AGAIN_MS);
	}
}

/** In which further missed calls of the caller count as the same. */
export interface CallWindow {
	/** Ends it at once: nothing was done about its first call. */
	giveBack(): Promise<void>;
}

/**
 * Begins a window with a missed call of the thread; undefined within one. A window of 0 is none, so
 * that each call begins one.
 */
export async function beginWindow(
	{ claims }: Pick<MilestoneDeps, 'claims'>,
	threadId: string,
	windowMs: number,
): Promise<CallWindow | undefined> {
	if (windowMs <= 0) return { giveBack: async () => {} };
	const key = claimKeys.missedCall(threadId);
	const claim = await claims.claim(key, windowMs);
	if (claim.status !== 'claimed') return undefined;
	return { giveBack: async () => await claims.release(key, claim.token) };
}
