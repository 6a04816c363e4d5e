import type { OutboundDraft, Unwanted } from '../sending/outbound-draft';
import { whyUnwanted } from '../sending/still-wanted';
import type { Thread } from '../threads/thread-store';
import {
	NOT_COMPOSED,
	type ComposingReport,
	type NoReplyCode,
	type ReplyOutcome,
} from './reply-outcome';
import type { ReplyTurn } from './reply-turn';

type NoReply = Extract<ReplyOutcome, { kind: 'noReply' }>;

export function silent(
	code: NoReplyCode,
	reason: string,
	composing: ComposingReport = NOT_COMPOSED,
): NoReply {
	return { kind: 'noReply', code, reason, composing };
}

/** Why the agent must not answer the turn, as the thread is now; undefined as long as it may. */
export function silenceFor(
	thread: Thread,
	turn: ReplyTurn,
	composing?: ComposingReport,
): NoReply | undefined {
	const unwanted = whyUnwanted(thread, replyDraft(turn, ''));
	if (unwanted?.why === 'optedOut') {
		const reason = `The contact has opted out of texts (${unwanted.by}).`;
		return silent('optedOut', reason, composing);
	}
	return unwanted && silenceBecause(unwanted, composing);
}

/** For a reply that was composed and then not sent. */
export function silenceBecause({ why, message }: Unwanted, composing?: ComposingReport): NoReply {
	switch (why) {
		case 'optedOut':
			return silent('optedOut', `${message}.`, composing);
		case 'takeover':
		case 'newerText':
			return silent(why, message, composing);
		case 'answered':
			throw new Error('A reply is not a follow-up');
	}
}

/** The thread was lost to another run, which answers the contact now. */
export function beingAnswered(composing?: ComposingReport): NoReply {
	const reason = 'Another execution is answering this text already.';
	return silent('alreadyBeingAnswered', reason, composing);
}

/** A text to the contact of a turn, from the address they wrote to. */
export function replyDraft(turn: ReplyTurn, body: string): OutboundDraft {
	return {
		threadId: turn.threadId,
		to: turn.contact,
		from: turn.sender,
		...(turn.messagingServiceSid === null
			? {}
			: { messagingServiceSid: turn.messagingServiceSid }),
		body,
		author: 'agent',
		purpose: { kind: 'reply', turn: turn.messages },
	};
}
