import type { OutboundDraft } from './outbound-draft';
import type { HeldClaim } from './send-claim';
import type { SendDeps } from './send-deps';
import type { SentMessage } from './sent-message';

/**
 * Sends the text once and adds it to its thread. The claim is settled when Twilio has the text,
 * released when it is certain that Twilio has not, and left to the next try when nobody can tell.
 *
 * Rejects with OptedOutError, TwilioApiError (Twilio refused), NoAnswerError (Twilio was never
 * reached), OutcomeUnknownError, SentButNotRecordedError, ClaimLostError, StoreUnavailableError,
 * or with what the draft's veto returned.
 */
export async function sendClaimed(
	deps: SendDeps,
	claim: HeldClaim,
	draft: OutboundDraft,
): Promise<SentMessage> {
	void deps;
	void claim;
	void draft;
	throw new Error('Not written yet');
}

/** A text that an earlier attempt sent, as Twilio has it now; adds it to the thread where it is missing. */
export async function recallSent(
	deps: SendDeps,
	identity: { threadId: string; author: OutboundDraft['author'] },
	settled: { messageSid: string; reconciled: boolean },
): Promise<SentMessage> {
	void deps;
	void identity;
	void settled;
	throw new Error('Not written yet');
}

/** Takes the claim and sends; rejects with SendHeldError where another execution holds it. */
export async function sendToThread(
	deps: SendDeps,
	draft: OutboundDraft,
	claimKey: string,
): Promise<SentMessage> {
	void deps;
	void draft;
	void claimKey;
	throw new Error('Not written yet');
}
