import { outcomeOfOpenSend } from './reconcile-send';
import type { HeldClaim, SendIdentity } from './outbound-draft';
import type { SendDeps } from './send-deps';
import { recordSent } from './record-sent';

export type SendClaim =
	/** It was sent before; see `recallSent` for what Twilio says of it now. */
	| { status: 'settled'; messageSid: string; reconciled: boolean }
	/** Another execution works on it. `asked`: it may have sent, Twilio's answer is not known yet. */
	| { status: 'held'; asked: boolean }
	/** Ours: send, or release it. */
	| { status: 'claimed'; claim: HeldClaim };

/** Long enough for a model to write; a holder that takes longer loses the claim and sends nothing. */
export const COMPOSE_HOLD_MS = 180_000;

/**
 * Takes the one right to do this send. Where an earlier holder asked Twilio and never told the
 * outcome, Twilio's message list decides first: found, it is settled; not found and younger than
 * two minutes, this rejects with OutcomeUnknownError.
 */
export async function takeSendClaim(
	deps: SendDeps,
	identity: SendIdentity,
	holdMs: number = COMPOSE_HOLD_MS,
): Promise<SendClaim> {
	const taken = await deps.store.claims.claim(identity.key, holdMs);
	if (taken.status === 'held') {
		return { status: 'held', asked: taken.record.phase === 'sending' };
	}
	if (taken.status === 'settled') {
		if (taken.record.phase !== 'sent')
			throw new Error('A claim was settled without a message SID');
		return { status: 'settled', messageSid: taken.record.messageSid, reconciled: false };
	}

	const claim = { ...identity, token: taken.token };
	if (taken.previous?.phase !== 'sending') return { status: 'claimed', claim };
	const message = await outcomeOfOpenSend(deps, claim, taken.previous);
	if (!message) {
		// Certainly not sent. What was written down is void, and asking has taken time.
		await deps.store.claims.note(claim.key, claim.token, { phase: 'open' }, holdMs);
		return { status: 'claimed', claim };
	}
	await recordSent(deps, claim, message, taken.previous);
	return { status: 'settled', messageSid: message.messageSid, reconciled: true };
}

/** For a holder that decides not to send. */
export async function releaseClaim(deps: SendDeps, claim: HeldClaim): Promise<void> {
	await deps.store.claims.release(claim.key, claim.token);
}
