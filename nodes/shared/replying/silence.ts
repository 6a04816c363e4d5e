import { canBeTexted } from '../messaging/phone-number';
import { type Thread, ClaimLostError } from '../threads/thread-store';
import { textsAfter } from '../threads/turns/unanswered';
import type { NoReplyCode } from './reply-outcome';
import type { ReplyTurn } from './reply-turn';
import type { OutboundDraft } from '../sending/outbound-draft';
import { CannotTextError, OptedOutError } from '../sending/send-errors';

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
	if (!canBeTexted(turn.contact)) return cannotText(turn.contact);
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

function cannotText(contact: string): SilenceError {
	return new SilenceError('cannotText', `${new CannotTextError(contact).message}.`);
}

function hasNewerText({ messages }: Thread, turn: ReplyTurn): boolean {
	const sids = turn.messages.map(({ messageSid }) => messageSid);
	return textsAfter(messages, sids).length > 0;
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
		veto: (thread) => silenceFor(thread, turn),
	};
}

/** Why nothing went out, where that is nobody's failure. */
export function silenceBehind(error: unknown): SilenceError | undefined {
	if (error instanceof SilenceError) return error;
	if (error instanceof OptedOutError) return new SilenceError('optedOut', `${error.message}.`);
	if (error instanceof ClaimLostError) return beingAnswered();
	return undefined;
}

export function beingAnswered(): SilenceError {
	return new SilenceError(
		'alreadyBeingAnswered',
		'Another execution is answering this text already.',
	);
}
