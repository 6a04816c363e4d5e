import { LeaseTimeoutError } from '../threads/turns/thread-lease';
import { StoreUnavailableError, type ThreadStore } from '../threads/thread-store';
import type { ReplyOutcome } from './reply-outcome';
import { newestSidOf, type ReplyTurn } from './reply-turn';
import { OutcomeUnknownError, SentButNotRecordedError } from '../sending/send-errors';

/**
 * Runs `answer` and, where no reply of it stands in the thread, writes down that the turn has come
 * to its end, so that nobody takes its run for dead and starts another. Left open is a turn that a
 * newer text's run answers too, and one whose end nobody knows yet.
 */
export async function endTurn(
	threads: ThreadStore,
	turn: ReplyTurn,
	answer: () => Promise<ReplyOutcome>,
): Promise<ReplyOutcome> {
	let open = false;
	try {
		const outcome = await answer();
		open = isLeftOpen(outcome);
		return outcome;
	} catch (error) {
		open = isUndecided(error);
		throw error;
	} finally {
		if (!open) await markEnded(threads, turn);
	}
}

async function markEnded(threads: ThreadStore, turn: ReplyTurn): Promise<void> {
	const endedThrough = newestSidOf(turn);
	await threads
		.changeState(turn.threadId, (state) => ({ ...state, endedThrough }))
		// What the run resulted in counts for more; at worst it is run once more.
		.catch(() => undefined);
}

/** A reply that was sent says itself which texts it answers. */
function isLeftOpen(outcome: ReplyOutcome): boolean {
	switch (outcome.kind) {
		case 'replied':
			return outcome.sent !== null;
		case 'needsHuman':
			return false;
		case 'noReply':
			return outcome.code === 'newerText' || outcome.code === 'alreadyBeingAnswered';
	}
}

function isUndecided(error: unknown): boolean {
	return (
		error instanceof StoreUnavailableError ||
		error instanceof OutcomeUnknownError ||
		error instanceof SentButNotRecordedError ||
		error instanceof LeaseTimeoutError
	);
}
