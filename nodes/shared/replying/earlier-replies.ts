import { countSegments } from '../messaging/segments';
import type { Message } from '../messaging/message';
import type { SentMessage } from '../sending/outbound-draft';
import { SendError } from '../sending/send-errors';
import { readSendRecord } from '../sending/send-record';
import type { Thread } from '../threads/thread-store';
import type { ThreadLease } from '../threads/turns/thread-lease';
import { answeredSids } from '../threads/turns/unanswered';
import { remember } from './memory-history';
import { NOT_COMPOSED, type ReplyOutcome } from './reply-outcome';
import type { ReplyServices } from './reply-services';
import { newestSidOf, type ReplyTurn } from './reply-turn';

/** The reply to the turn that the thread shows; a turn is known by its newest text. */
export function replyIn({ messages }: Thread, newestSid: string): Message | undefined {
	return messages.find(({ answers }) => answers?.at(-1) === newestSid);
}

/**
 * Finds out what became of the reply that a run which died had begun to send, and adds it to the
 * thread where it went out: so that the model does not answer twice, and the thread shows what the
 * contact got. Resolves to that reply where it is of use to know.
 *
 * Where nobody can tell because Twilio does not answer, the reply to this very turn rejects with
 * OutcomeUnknownError and leaves it to the next; the reply to an earlier one is given up.
 */
export async function recoverReply(
	services: ReplyServices,
	{ claim, left }: ThreadLease,
	thread: Thread,
	turn: ReplyTurn,
): Promise<{ newestSid: string; sent: SentMessage } | undefined> {
	const answers = readSendRecord(left)?.answers;
	const newestSid = answers?.at(-1);
	if (left === undefined || answers === undefined || newestSid === undefined) return undefined;
	// It died after the last of what it had to do.
	if (replyIn(thread, newestSid)) return undefined;
	const { threadId } = turn;
	try {
		const sent = await services.sender.recover(
			claim,
			{ threadId, author: 'agent', answers },
			left,
		);
		if (sent === undefined) return undefined;
		const answered = [...thread.messages, ...turn.messages].filter(({ messageSid }) =>
			answers.includes(messageSid),
		);
		// A memory is told by the run that learns that the text is out, and by no other.
		return {
			newestSid,
			sent: sent.reconciled ? await remember(services, thread, answered, sent) : sent,
		};
	} catch (error) {
		const isEarlier = newestSid !== newestSidOf(turn);
		if (error instanceof SendError && isEarlier && claim.isOurs) {
			await claim.clear();
			return undefined;
		}
		await claim.leave(left);
		throw error;
	}
}

/** A reply covers what came before the texts it names. The newest text stays: it is what the turn is known by. */
export function withoutAnswered(turn: ReplyTurn, { messages }: Thread): ReplyTurn {
	const answered = answeredSids(messages);
	const last = turn.messages.slice(0, -1).findLastIndex((text) => answered.has(text.messageSid));
	return { ...turn, messages: turn.messages.slice(last + 1) };
}

/** A reply that an earlier run sent, as this run's own outcome. */
export function repeatOf(sent: SentMessage): ReplyOutcome {
	const { encoding, numSegments } = countSegments(sent.body);
	return {
		kind: 'replied',
		text: sent.body,
		encoding,
		numSegments,
		sent,
		composing: NOT_COMPOSED,
	};
}
