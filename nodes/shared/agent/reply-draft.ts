import { ClaimLostError } from '../threads/store-errors';
import type { OutboundDraft } from './outbound-draft';
import type { ReplyTurn } from './reply-turn';
import { OptedOutError } from './send-errors';
import { silenceFor, SilenceError } from './silence';

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
