import { isoTime } from '../messaging/clock';
import { canBeTexted } from '../messaging/phone-number';
import type { Thread } from '../threads/thread-store';
import type { TwilioMessage } from '../twilio/api/messages';
import { TwilioApiError } from '../twilio/api/twilio-client';
import type {
	HeldClaim,
	OutboundDraft,
	SendIdentity,
	SendDeps,
	SentMessage,
} from './outbound-draft';
import { postMessage, type Posted } from './post-message';
import { findLostSend, leaveOpen, type SendingRecord, outcomeOfOpenSend } from './reconcile-send';
import { recordSent, sentMessage, recallSent } from './record-sent';
import { CannotTextError, OutcomeUnknownError, SendHeldError, OptedOutError } from './send-errors';

/** One try with Twilio's longest answer, and the wait before the next. */
const SEND_HOLD_MS = 120_000;
/** What a veto sees of the thread. */
const NEWEST = 50;

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
	let record = sendingRecord(deps, draft);
	const beforeTry = async () => {
		assertWanted(await deps.store.threads.read(claim.threadId, NEWEST), draft);
		record = sendingRecord(deps, draft);
		await deps.store.claims.note(claim.key, claim.token, record, SEND_HOLD_MS);
	};

	let posted: Posted;
	try {
		posted = await postMessage(deps, draft, beforeTry);
	} catch (error) {
		await releaseQuietly(deps, claim);
		if (!(error instanceof TwilioApiError) || error.code !== OPTED_OUT_CODE) throw error;
		throw await learnOptOut(deps, claim.threadId, draft.to, error);
	}
	const message =
		posted.kind === 'accepted'
			? posted.message
			: await lostMessage(deps, claim, record, posted.error);
	await recordSent(deps, claim, message, draft);
	return sentMessage(deps, draft, message, {
		repeated: false,
		reconciled: posted.kind === 'unknown',
	});
}

/**
 * The whole of it: takes the claim, lets `write` find the words only where they are needed, sends.
 * Rejects with SendHeldError where another execution holds the claim.
 */
export async function sendOnce(
	deps: SendDeps,
	identity: SendIdentity,
	write: () => Promise<OutboundDraft>,
): Promise<SentMessage> {
	const taken = await takeSendClaim(deps, identity);
	if (taken.status === 'held') throw new SendHeldError();
	if (taken.status === 'settled') return await recallSent(deps, identity, taken);
	let draft: OutboundDraft;
	try {
		draft = await write();
	} catch (error) {
		await releaseQuietly(deps, taken.claim);
		throw error;
	}
	return await sendClaimed(deps, taken.claim, draft);
}

/** Looks at the thread before words are written for nothing. Rejects with why it is not to be sent. */
export async function assertStillWanted(
	{ store }: SendDeps,
	draft: Pick<OutboundDraft, 'threadId' | 'to' | 'veto'>,
): Promise<void> {
	assertWanted(await store.threads.read(draft.threadId, NEWEST), draft);
}

/** `sendOnce` for words that are there already. */
export async function sendToThread(
	deps: SendDeps,
	draft: OutboundDraft,
	claimKey: string,
): Promise<SentMessage> {
	const { threadId, author } = draft;
	return await sendOnce(deps, { key: claimKey, threadId, author }, async () => draft);
}

/** Throws OptedOutError, or what the veto returns. */
function assertWanted(thread: Thread, { to, veto }: Pick<OutboundDraft, 'to' | 'veto'>): void {
	assertMayBeTexted(thread, to);
	const reason = veto?.(thread);
	if (reason) throw reason;
}

async function lostMessage(
	deps: SendDeps,
	claim: HeldClaim,
	record: SendingRecord,
	cause: unknown,
): Promise<TwilioMessage> {
	let message: TwilioMessage | undefined;
	try {
		message = await findLostSend(deps, claim, record);
	} catch (error) {
		throw new OutcomeUnknownError(record.to, { cause: new AggregateError([cause, error]) });
	} finally {
		if (!message) await leaveOpen(deps, claim, record);
	}
	if (!message) throw new OutcomeUnknownError(record.to, { cause });
	return message;
}

async function releaseQuietly(deps: SendDeps, claim: HeldClaim): Promise<void> {
	// Where even this fails, the hold ends by itself; the failure that led here matters more.
	await deps.store.claims.release(claim.key, claim.token).catch(() => undefined);
}

function sendingRecord({ clock }: SendDeps, draft: OutboundDraft): SendingRecord {
	const { to, body, from, messagingServiceSid } = draft;
	return {
		phase: 'sending',
		since: isoTime(clock),
		to,
		body,
		...(from === undefined ? {} : { from }),
		...(messagingServiceSid === undefined ? {} : { messagingServiceSid }),
	};
}

/** Throws CannotTextError or OptedOutError when the thread's contact may not be texted. */
export function assertMayBeTexted({ state: { consent } }: Thread, contact: string): void {
	if (!canBeTexted(contact)) throw new CannotTextError(contact);
	if (consent.status === 'optedOut') {
		throw new OptedOutError(contact, { since: consent.since, by: consent.by });
	}
}

/** Twilio's error for a contact who has opted out with it. */
const OPTED_OUT_CODE = 21610;

/** Writes down what Twilio's refusal taught, so that no node asks again. */
async function learnOptOut(
	deps: SendDeps,
	threadId: string,
	contact: string,
	cause: unknown,
): Promise<OptedOutError> {
	const learned = {
		status: 'optedOut' as const,
		since: isoTime(deps.clock),
		by: String(OPTED_OUT_CODE),
	};
	const { consent } = await deps.store.threads.changeState(threadId, (state) =>
		state.consent.status === 'optedOut' ? state : { ...state, consent: learned },
	);
	return new OptedOutError(contact, consent.status === 'optedOut' ? consent : learned, { cause });
}

export type SendClaim =
	/** It was sent before; see `recallSent` for what Twilio says of it now. */
	| { status: 'settled'; messageSid: string; reconciled: boolean }
	/** Another execution works on it. `asked`: it may have sent, Twilio's answer is not known yet. */
	| { status: 'held'; asked: boolean }
	/** Ours: send, or release it. */
	| { status: 'claimed'; claim: HeldClaim };

/** Long enough for a model to write; a holder that takes longer loses the claim and sends nothing. */
const COMPOSE_HOLD_MS = 180_000;

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
