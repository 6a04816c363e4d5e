import type { OutboundDraft, Unwanted } from '../sending/outbound-draft';
import { whyUnwanted } from '../sending/still-wanted';
import type { Standing } from '../contacts/standing';
import type { Thread } from '../threads/thread-store';
import {
	NOT_COMPOSED,
	type ComposingReport,
	type NoReplyCode,
	type ReplyOutcome,
} from './reply-outcome';
import { newestSidOf, type ReplyTurn } from './reply-turn';

type NoReply = Extract<ReplyOutcome, { kind: 'noReply' }>;
/** Without a reply: there is to be none, or a person answers. */
export type Silence = Extract<ReplyOutcome, { kind: 'noReply' | 'needsHuman' }>;

export function noReply(
	code: NoReplyCode,
	reason: string,
	composing: ComposingReport = NOT_COMPOSED,
): NoReply {
	return { kind: 'noReply', code, reason, composing };
}

/** Why the agent must not answer the turn, as the thread is now; undefined as long as it may. */
export function silenceFor(
	standing: Standing,
	turn: ReplyTurn,
	now: number,
	composing?: ComposingReport,
): Silence | undefined {
	if (hasEndedElsewhere(standing, turn)) {
		const reason = 'Another execution has ended this turn without a reply.';
		return noReply('alreadyEnded', reason, composing);
	}
	const unwanted = whyUnwanted(standing, replyDraft(turn, ''), now);
	if (unwanted?.why === 'optedOut') {
		const reason = `The contact has opted out of texts (${unwanted.by || 'their record was erased since'}).`;
		return noReply('optedOut', reason, composing);
	}
	if (unwanted) return silenceBecause(unwanted, composing);
	if (!answersNotice(standing, turn, now)) return undefined;
	const reason = `This is one of your own phones, and it was told of another contact a short while ago: what it answers is not for the agent. From ${NOTICE_HOURS} hours after that on it is answered like any other.`;
	return noReply('ownPhone', reason, composing);
}

/** For so long what a person texts is taken as an answer to what they were told. */
const NOTICE_HOURS = 12;

/**
 * Whether the text comes from somebody who was told of a contact, and answers that. A text that names
 * their own phone is of their own doing: they try the agent out.
 */
function answersNotice({ messages }: Thread, turn: ReplyTurn, now: number): boolean {
	if (!turn.isOwnPhone) return false;
	const last = messages.findLast(({ direction }) => direction === 'outbound');
	if (last?.author !== 'operator' || last.answers !== undefined) return false;
	const isRecent = now - Date.parse(last.at) < NOTICE_HOURS * 3_600_000;
	return isRecent && !last.body.includes(turn.contact);
}

/** A hand-over or the word that there is no reply is not taken back by a second run of the turn. */
function hasEndedElsewhere({ state }: Thread, turn: ReplyTurn): boolean {
	const { endedThrough, endedIn } = state;
	return (
		endedThrough === newestSidOf(turn) &&
		endedIn !== undefined &&
		turn.executionId !== undefined &&
		endedIn !== turn.executionId
	);
}

/** For a reply that was composed and then not sent. */
export function silenceBecause({ why, message }: Unwanted, composing?: ComposingReport): Silence {
	switch (why) {
		case 'optedOut':
			return noReply('optedOut', `${message}.`, composing);
		case 'cannotText':
			return noReply('cannotText', `${message}.`, composing);
		case 'takeover':
			return leaveToPersonInCommand(message, composing);
		// A reply is neither a follow-up, which is unwanted once it is answered, nor a confirmation,
		// nor a text after a reply, which is unwanted where it says the same.
		case 'answered':
		case 'noConfirmation':
		case 'notIdle':
		case 'sentAlready':
		case 'newerText':
			return noReply('newerText', message, composing);
	}
}

/** One branch of the workflow tells a person, of a hand-over and of what the contact writes after it. */
function leaveToPersonInCommand(
	reason: string,
	composing: ComposingReport = NOT_COMPOSED,
): Silence {
	return { kind: 'needsHuman', code: 'takenOver', reason, handover: null, composing };
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
