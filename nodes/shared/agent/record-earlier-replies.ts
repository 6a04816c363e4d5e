import { TURN_MESSAGES } from '../threads/gather-turn';
import type { Thread } from '../threads/thread-store';
import { answeredSids, textsWithOpenRun } from '../threads/unanswered';
import type { ConversationMemory } from './conversation-memory';
import { repliedBefore } from './replied-before';
import { replyIdentity, takeFreedClaim } from './reply-claim';
import { newestSidOf, type ReplyTurn } from './reply-turn';
import { releaseClaim } from './send-claim';
import type { SendDeps } from './send-deps';
import { SendError } from './send-errors';
import { silenceFor } from './silence';

type MemoryDeps = SendDeps & { memory?: ConversationMemory | undefined };

/**
 * Adds to the thread what runs before this one have sent and died before they wrote it down, so that
 * the model does not answer twice and the thread shows what the contact got. Resolves to the turn
 * without the texts that turn out to be answered; a run that follows a dead one gets its texts too.
 *
 * For a caller who has the thread's lease. Waits for a dead run's hold where that run may have sent;
 * that can take two minutes. What nobody can tell, because Twilio does not answer, is left open.
 */
export async function recordEarlierReplies(deps: MemoryDeps, turn: ReplyTurn): Promise<ReplyTurn> {
	const { threads } = deps.store;
	const before = await threads.read(turn.threadId, TURN_MESSAGES);
	if (silenceFor(before, turn)) return turn;
	const newest = newestSidOf(turn);
	const open = textsWithOpenRun(before).filter(({ messageSid }) => messageSid !== newest);
	if (open.length === 0) return turn;
	for (const text of open) await recordReplyTo(deps, { ...turn, messages: [text] });
	return withoutAnswered(turn, await threads.read(turn.threadId, TURN_MESSAGES));
}

/** A reply covers what came before the texts it names. The newest text stays: it is what the turn is known by. */
function withoutAnswered(turn: ReplyTurn, { messages }: Thread): ReplyTurn {
	const answered = answeredSids(messages);
	const last = turn.messages.slice(0, -1).findLastIndex((text) => answered.has(text.messageSid));
	return { ...turn, messages: turn.messages.slice(last + 1) };
}

async function recordReplyTo(deps: MemoryDeps, turn: ReplyTurn): Promise<void> {
	const identity = replyIdentity(turn.threadId, [newestSidOf(turn)]);
	try {
		const taken = await takeFreedClaim(deps, identity, ({ asked }) => asked);
		switch (taken.status) {
			case 'settled':
				await repliedBefore(deps, identity, taken, turn);
				return;
			case 'claimed':
				await releaseClaim(deps, taken.claim);
				return;
			case 'held':
				return; // It has not asked Twilio, and will not with a newer text in the thread.
		}
	} catch (error) {
		if (!(error instanceof SendError)) throw error;
	}
}
