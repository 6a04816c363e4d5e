import { countSegments } from '../messaging/segments';
import type { Message } from '../messaging/message';
import type { SentMessage } from '../sending/outbound-draft';
import { SendError } from '../sending/send-errors';
import { readSendRecord, wordsOf } from '../sending/send-record';
import type { ClaimRecord } from '../threads/claim-ledger';
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

export type LeftReply =
	| { kind: 'sent'; newestSid: string; sent: SentMessage }
	/** It certainly did not go out; these are its words. */
	| { kind: 'written'; newestSid: string; words: string };

/**
 * An earlier run may have left a reply that it could not send, or died while it sent one. Finds out
 * what became of it and, where it went out, adds it to the thread: so the model does not answer
 * twice, and the thread shows what the contact got. Resolves to that reply; undefined where there is
 * none, or the thread shows it already.
 *
 * When Twilio does not answer, nobody can tell. For a reply to this very turn it then rejects with
 * OutcomeUnknownError and leaves the claim to the next run; a reply to an earlier turn is given up.
 */
export async function recoverReply(
	services: ReplyServices,
	{ claim, left }: ThreadLease,
	thread: Thread,
	turn: ReplyTurn,
): Promise<LeftReply | undefined> {
	const record = readSendRecord(left);
	const newestSid = record?.answers?.at(-1);
	if (left === undefined || record?.answers === undefined || newestSid === undefined) {
		return undefined;
	}
	const { answers } = record;
	// The run had sent and recorded its reply before it died.
	if (replyIn(thread, newestSid)) return undefined;
	const { threadId } = turn;
	try {
		const sent = await services.sms.recover(
			claim,
			{ threadId, author: 'agent', answers },
			left,
		);
		if (sent === undefined) {
			if (record.phase === 'sent') return undefined;
			return { kind: 'written', newestSid, words: wordsOf(record) };
		}
		const answered = [...thread.messages, ...turn.messages].filter(({ messageSid }) =>
			answers.includes(messageSid),
		);
		// Only the run that finds out that the text went out tells the memory of it.
		return {
			kind: 'sent',
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

/** The words of the reply that an earlier run left; empty where it left none. */
export function wordsIn(left: ClaimRecord | undefined): string {
	const record = readSendRecord(left);
	return record === undefined || record.phase === 'sent' ? '' : wordsOf(record);
}

/** A reply covers what came before the texts it names. The newest text stays: it is what the turn is known by. */
export function withoutAnswered(turn: ReplyTurn, { messages }: Thread): ReplyTurn {
	const answered = answeredSids(messages);
	const last = turn.messages.slice(0, -1).findLastIndex((text) => answered.has(text.messageSid));
	return { ...turn, messages: turn.messages.slice(last + 1) };
}

/** A reply that an earlier run sent, as this run's own outcome. */
export function repeatOf(sent: SentMessage): ReplyOutcome {
	return { ...writtenReply(sent.body), sent };
}

/** Words that an earlier run wrote, as if they were just composed. */
export function writtenReply(words: string): Extract<ReplyOutcome, { kind: 'replied' }> {
	const { encoding, numSegments } = countSegments(words);
	return {
		kind: 'replied',
		text: words,
		encoding,
		numSegments,
		sent: null,
		composing: NOT_COMPOSED,
	};
}
