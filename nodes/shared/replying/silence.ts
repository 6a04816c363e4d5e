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

export function noReply(
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
		return noReply('optedOut', reason, composing);
	}
	return unwanted && silenceBecause(unwanted, composing);
}

/** For a reply that was composed and then not sent. */
export function silenceBecause({ why, message }: Unwanted, composing?: ComposingReport): NoReply {
	switch (why) {
		case 'optedOut':
			return noReply('optedOut', `${message}.`, composing);
		case 'cannotText':
			return noReply('cannotText', `${message}.`, composing);
		case 'takeover':
			return noReply('takeover', message, composing);
		// A follow-up alone is unwanted once it is answered; a reply never is one.
		case 'answered':
		case 'newerText':
			return noReply('newerText', message, composing);
	}
}

/** The thread was lost to another run, which answers the contact now. */
export function leaveToOther(composing?: ComposingReport): NoReply {
	const reason = 'Another execution is answering this text already.';
	return noReply('alreadyBeingAnswered', reason, composing);
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
