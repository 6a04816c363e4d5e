import type { Clock } from '../messaging/clock';
import { claimKeys } from '../threads/claim-keys';
import type { Claim, ClaimLedger } from '../threads/claim-ledger';

/** What is known of a call: a phone took it, nothing rings any more, the caller spoke, all is decided. */
export type CallMark = 'taken' | 'rung' | 'recorded' | 'decided';

/** A mark is put in one step after it is claimed; whoever finds it held comes back in a moment. */
const HOLD_MS = 5_000;
const ASK_AGAIN_MS = 50;

interface MarkDeps {
	claims: ClaimLedger;
	clock: Clock;
}

/**
 * Marks the call. Resolves to whether it was not marked before: of several requests at once, one is
 * told so. A mark is kept for a day at least. Rejects with StoreUnavailableError.
 */
export async function markCall(
	{ claims, clock }: MarkDeps,
	callSid: string,
	mark: CallMark,
): Promise<boolean> {
	const key = keyOf(callSid, mark);
	const claim = await settledOrOurs({ claims, clock }, key);
	if (claim.status === 'settled') return false;
	await claims.settle(key, claim.token, {});
	return true;
}

/** Whether the call is marked. Rejects with StoreUnavailableError. */
export async function isCallMarked(
	{ claims, clock }: MarkDeps,
	callSid: string,
	mark: CallMark,
): Promise<boolean> {
	const key = keyOf(callSid, mark);
	const claim = await settledOrOurs({ claims, clock }, key);
	if (claim.status === 'settled') return true;
	await claims.release(key, claim.token);
	return false;
}

/**
 * Whether this is the first missed call of the thread within the window; the others count as the
 * same. A window of 0 is none.
 */
export async function isFirstOfWindow(
	{ claims }: MarkDeps,
	threadId: string,
	windowMs: number,
): Promise<boolean> {
	if (windowMs <= 0) return true;
	const { status } = await claims.claim(claimKeys.missedCall(threadId), windowMs);
	return status === 'claimed';
}

async function settledOrOurs(
	{ claims, clock }: MarkDeps,
	key: string,
): Promise<Exclude<Claim, { status: 'held' }>> {
	for (;;) {
		const claim = await claims.claim(key, HOLD_MS);
		if (claim.status !== 'held') return claim;
		await clock.sleep(ASK_AGAIN_MS);
	}
}

function keyOf(callSid: string, mark: CallMark): string {
	return claimKeys.call(callSid, mark);
}
