import { LeaseTimeoutError } from '../threads/turns/thread-lease';
import {
	ClaimLostError,
	StoreUnavailableError,
	type Retry,
	type ThreadStore,
} from '../threads/thread-store';
import { endTexts, type TextsEnd } from '../threads/turns/end-texts';
import type { NoReplyCode, ReplyOutcome } from './reply-outcome';
import { newestSidOf, type ReplyTurn } from './reply-turn';
import { OutcomeUnknownError, SentButNotRecordedError } from '../sending/send-errors';

/**
 * Runs `answer` and, where no reply of it stands in the thread, writes down that the turn has come
 * to its end, so that nobody takes its run for dead and starts another. Left open is a turn that a
 * newer text's run answers too, and one whose end nobody knows yet; of one that is to be begun again
 * it is written down when. Rejects as `answer` does, and with StoreUnavailableError where that could
 * not be written down.
 */
export async function endTurn(
	threads: ThreadStore,
	turn: ReplyTurn,
	answer: () => Promise<ReplyOutcome>,
): Promise<ReplyOutcome> {
	let outcome: ReplyOutcome;
	try {
		outcome = await answer();
	} catch (error) {
		if (!isUndecided(error)) await markEnded(threads, turn, {});
		throw error;
	}
	if (outcome.kind === 'noReply' && outcome.retry) {
		await markForRetry(threads, turn, outcome.retry);
	} else if (!isLeftOpen(outcome)) {
		const { executionId: endedIn } = turn;
		await markEnded(threads, turn, { endedIn, isQuiet: isQuiet(outcome) });
	}
	return outcome;
}

async function markForRetry(
	threads: ThreadStore,
	{ threadId }: ReplyTurn,
	retry: Retry,
): Promise<void> {
	await threads.changeState(threadId, (current) => {
		// The run of a newer text takes this one along.
		if (current.startedThrough !== retry.through) return current;
		const open = { ...current, retry };
		// An Agent Reply before this one may have handed it over.
		if (open.endedThrough === retry.through) {
			delete open.endedThrough;
			delete open.endedIn;
		}
		return open;
	});
}

/** Nothing was to be said, and nobody was told of it. */
function isQuiet(outcome: ReplyOutcome): boolean {
	return (
		outcome.kind === 'noReply' &&
		(outcome.code === 'modelDecided' || outcome.code === 'optedOut')
	);
}

async function markEnded(threads: ThreadStore, turn: ReplyTurn, how: TextsEnd): Promise<void> {
	try {
		// The run of a later turn, which covers this one, may have ended before.
		await endTexts(threads, turn.threadId, newestSidOf(turn), how);
	} catch {
		// What the run resulted in counts for more; at worst it is run once more.
	}
}

/** What another run ends, or has ended. */
const LEFT_OPEN = new Set<NoReplyCode>([
	...(['newerText', 'alreadyBeingAnswered', 'alreadyEnded', 'retryLater'] as const),
]);

/** A reply that was sent says itself which texts it answers. */
function isLeftOpen(outcome: ReplyOutcome): boolean {
	switch (outcome.kind) {
		case 'replied':
			return outcome.sent !== null;
		case 'needsHuman':
			return false;
		case 'noReply':
			return LEFT_OPEN.has(outcome.code);
	}
}

function isUndecided(error: unknown): boolean {
	return (
		error instanceof StoreUnavailableError ||
		error instanceof ClaimLostError ||
		error instanceof OutcomeUnknownError ||
		error instanceof SentButNotRecordedError ||
		error instanceof LeaseTimeoutError
	);
}
