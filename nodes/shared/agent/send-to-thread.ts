import { isoTime } from '../messaging/clock';
import type { Thread } from '../threads/thread-store';
import type { TwilioMessage } from '../twilio/messages';
import { TwilioApiError } from '../twilio/twilio-api-error';
import { assertMayBeTexted, learnOptOut, OPTED_OUT_CODE } from './consent-check';
import type { HeldClaim, OutboundDraft, SendIdentity } from './outbound-draft';
import { postMessage, type Posted } from './post-message';
import { findLostSend, leaveOpen, type SendingRecord } from './reconcile-send';
import { recordSent, sentMessage } from './record-sent';
import { recallSent } from './recall-sent';
import { takeSendClaim } from './send-claim';
import type { SendDeps } from './send-deps';
import { OutcomeUnknownError, SendHeldError } from './send-errors';
import type { SentMessage } from './sent-message';

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
