import type { Thread } from '../threads/thread-store';
import { textsAfter } from '../threads/unanswered';
import type { NoReplyCode } from './reply-outcome';
import type { ReplyTurn } from './reply-turn';

/** Why the agent must not answer a turn, or must no longer. */
export class SilenceError extends Error {
	override readonly name = 'SilenceError';

	constructor(
		readonly code: NoReplyCode,
		reason: string,
	) {
		super(reason);
	}
}

/** Undefined as long as the thread allows a reply to this turn. */
export function silenceFor(thread: Thread, turn: ReplyTurn): SilenceError | undefined {
	const { consent, mode } = thread.state;
	if (consent.status === 'optedOut') {
		return new SilenceError('optedOut', `The contact has opted out of texts (${consent.by}).`);
	}
	if (mode === 'takeover') {
		return new SilenceError('takeover', 'A person has taken this conversation over.');
	}
	if (hasNewerText(thread, turn)) {
		return new SilenceError(
			'newerText',
			'The contact has written again since; the reply to that text answers this one too.',
		);
	}
	return undefined;
}

function hasNewerText({ messages }: Thread, turn: ReplyTurn): boolean {
	const sids = turn.messages.map(({ messageSid }) => messageSid);
	return textsAfter(messages, sids).length > 0;
}
