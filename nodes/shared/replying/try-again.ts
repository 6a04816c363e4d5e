import type { ModelError } from '../composing/model-error';
import type { Clock } from '../messaging/clock';
import { inWords } from '../messaging/duration';
import { reasonOf } from '../messaging/reason-of';
import { nextTryAt, passingFailure } from '../sending/passing-failure';
import type { Retry, RetryCause, Thread } from '../threads/thread-store';
import { LONGEST_RETRY_MS, MODEL_RETRIES_MS } from '../threads/timing';
import { textsWithOpenRun } from '../threads/turns/unanswered';
import { NOT_COMPOSED, type ComposingReport, type ReplyOutcome } from './reply-outcome';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';

/**
 * Whether the turn's trigger begins it again by itself where it comes to no reply: a trigger has
 * handed it to a run, which then writes down that it looks after it.
 */
export function comesBack({ state }: Thread, turn: ReplyTurn): boolean {
	return turn.unattended === true && state.startedThrough === newestSidOf(turn);
}

/** Whether a reply that cannot be sent now is kept for later. */
export function keepsTrying(thread: Thread, turn: ReplyTurn, { keepTryingMs }: ReplyPlan): boolean {
	return keepTryingMs > 0 && comesBack(thread, turn);
}

interface Failed {
	thread: Thread;
	turn: ReplyTurn;
	plan: ReplyPlan;
}

/**
 * What becomes of a turn whose words could not be sent: they are sent later or, after so long, a
 * person is to. Throws the error where it does not pass by itself, or nobody would come back.
 */
export function afterFailedSend(
	{ thread, turn, plan }: Failed,
	clock: Clock,
	error: unknown,
	{ words, composing = NOT_COMPOSED }: { words: string; composing?: ComposingReport },
): ReplyOutcome {
	const failure = passingFailure(error, clock.now());
	if (!failure || !keepsTrying(thread, turn, plan)) throw error;
	const { why } = failure;
	const failed = countFailure(thread, turn, why, clock);
	const at = nextTryAt(failure, failed.times, clock.now());
	const says = reasonOf(error);
	if (at - Date.parse(failed.since) <= plan.keepTryingMs) {
		const later = inWords(at - clock.now());
		const next =
			why === 'uncertain'
				? `Twilio is asked again in ${later}, and the same words are sent if it does not have them`
				: `The same words are sent in ${later}`;
		return tryLater(failed, at, `${says}. ${next}; nothing need be done.`, composing);
	}
	const { times } = failed;
	const tried = `${times} ${times === 1 ? 'time' : 'times'}`;
	const toDo =
		why === 'uncertain'
			? 'Look for it in the message log of the Twilio Console before you send it by hand.'
			: 'Send it by hand if it still fits.';
	return {
		kind: 'needsHuman',
		code: 'notSent',
		reason: `The reply was tried ${tried}, the last time without success: ${says}. Its words are in unsentText. ${toDo}`,
		// It would go the way of the reply.
		handover: null,
		unsentText: words,
		composing,
	};
}

/**
 * Words that are kept for longer than they are to be tried: n8n was down meanwhile, and a person is to
 * judge whether they still fit. Undefined where they may go out.
 */
export function afterItsTime(
	{ thread, turn, plan }: Failed,
	clock: Clock,
	words: string,
): ReplyOutcome | undefined {
	const { retry } = thread.state;
	if (!comesBack(thread, turn) || retry?.through !== newestSidOf(turn)) return undefined;
	// A model that failed before, for which others have other limits, wrote no words.
	if (retry.why === 'modelFailed') return undefined;
	const waited = clock.now() - Date.parse(retry.since);
	// The last try is due in time, and may be some minutes late.
	if (waited <= plan.keepTryingMs + LONGEST_RETRY_MS) return undefined;
	return {
		kind: 'needsHuman',
		code: 'notSent',
		reason: `The reply could not be sent, and nobody tried again in time: it was written ${inWords(waited)} ago, longer than Keep Trying For allows. Its words are in unsentText. Send it by hand if it still fits.`,
		handover: null,
		unsentText: words,
		composing: NOT_COMPOSED,
	};
}

/** What becomes of a turn whose model failed: it is asked again later, or a person is needed. */
export function afterFailedModel(
	{ thread, turn, plan }: Failed,
	clock: Clock,
	error: ModelError,
): ReplyOutcome {
	const { message, fix, mayPass } = error;
	const says = mayPass ? `The AI was not reachable: ${message}` : message;
	if (mayPass && plan.onModelError === 'tryAgain' && comesBack(thread, turn)) {
		const failed = countFailure(thread, turn, 'modelFailed', clock);
		const first = Date.parse(failed.since);
		// By the time, not by the count: a newer text, or a look whether it is back, uses none up.
		const at = MODEL_RETRIES_MS.map((ms) => first + ms).find((due) => due > clock.now());
		if (at !== undefined) {
			const later = inWords(at - clock.now());
			const next = `It is asked again in ${later} at the latest; nothing need be done.`;
			return tryLater(failed, at, `${says}. ${next}`, NOT_COMPOSED);
		}
	}
	return {
		kind: 'needsHuman',
		code: 'modelFailed',
		reason: `${says}. ${fix}`,
		handover: null,
		composing: NOT_COMPOSED,
	};
}

/** The failure as the thread will know it, but for the time of the next try. */
function countFailure(
	thread: Thread,
	turn: ReplyTurn,
	why: RetryCause,
	clock: Clock,
): Omit<Retry, 'at'> {
	const earlier = earlierFailure(thread, why);
	const now = clock.now();
	const since = Math.min(Date.parse(earlier?.since ?? '') || now, now);
	return {
		through: newestSidOf(turn),
		since: new Date(since).toISOString(),
		times: (earlier?.times ?? 0) + 1,
		why,
	};
}

/**
 * What failed before in the same way, for a text that still waits: a contact who writes again does
 * not wait anew. A model that answers ends its failure, though the sending fails then.
 */
function earlierFailure(thread: Thread, why: RetryCause): Retry | undefined {
	const { retry } = thread.state;
	if (!retry || (retry.why === 'modelFailed') !== (why === 'modelFailed')) return undefined;
	const waiting = textsWithOpenRun(thread).map(({ messageSid }) => messageSid);
	return waiting.includes(retry.through) ? retry : undefined;
}

function tryLater(
	failed: Omit<Retry, 'at'>,
	at: number,
	reason: string,
	composing: ComposingReport,
): ReplyOutcome {
	const retry = { ...failed, at: new Date(at).toISOString() };
	return { kind: 'noReply', code: 'retryLater', reason, retry, composing };
}
