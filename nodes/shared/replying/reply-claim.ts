import { HOLD_MS } from '../threads/turns/thread-lease';
import type { SendIdentity, SendDeps } from '../sending/outbound-draft';
import { takeSendClaim, type SendClaim, releaseClaim } from '../sending/send-to-thread';
import { TURN_MESSAGES } from '../threads/turns/gather-turn';
import type { Thread } from '../threads/thread-store';
import { answeredSids, textsWithOpenRun } from '../threads/turns/unanswered';
import type { ConversationMemory } from '../composing/conversation-memory';
import { newestSidOf, type ReplyTurn } from './reply-turn';
import { SendError } from '../sending/send-errors';
import { silenceFor } from './silence';
import { countSegments } from '../messaging/segments';
import { NOT_COMPOSED } from './compose-reply';
import { remember } from './memory-history';
import { recallSent } from '../sending/record-sent';
import type { ReplyOutcome } from './reply-outcome';

const ASK_AGAIN_MS = 1_000;
/** More than a run that died while it sent can hold its claim. */
const LONGEST_HOLD_MS = 150_000;

/** What the reply to a turn is known by. @param answers SIDs of the turn's texts, newest last. */
export function replyIdentity(
	threadId: string,
	answers: readonly string[],
): SendIdentity & { author: 'agent' } {
	return { key: `reply:${threadId}:${answers.at(-1) ?? ''}`, threadId, author: 'agent', answers };
}

/**
 * Takes the claim on a reply, for a caller who has the thread's lease: whoever holds the claim has
 * died or lost the thread, so the hold will end, and is waited for where `worthIt` says so. It holds
 * for half a minute; a caller who works on holds on to it (`whileHolding`). Rejects as `takeSendClaim`.
 */
export async function takeFreedClaim(
	deps: SendDeps,
	identity: SendIdentity,
	worthIt: (held: { asked: boolean }) => boolean = () => true,
): Promise<SendClaim> {
	const until = deps.clock.now() + LONGEST_HOLD_MS;
	for (;;) {
		const taken = await takeSendClaim(deps, identity, HOLD_MS);
		const done = taken.status !== 'held' || !worthIt(taken) || deps.clock.now() > until;
		if (done) return taken;
		await deps.clock.sleep(ASK_AGAIN_MS, deps.signal);
	}
}

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

/**
 * The reply that an earlier run sent, as this run's own outcome. A memory is told by the run that
 * learns that the text is out, and by no other: here only where Twilio's list has just shown it.
 */
export async function repliedBefore(
	deps: SendDeps & { memory?: ConversationMemory | undefined },
	identity: SendIdentity,
	settled: Extract<SendClaim, { status: 'settled' }>,
	turn: ReplyTurn,
): Promise<ReplyOutcome> {
	const recalled = await recallSent(deps, identity, settled);
	const sent = settled.reconciled ? await remember(deps, turn, recalled) : recalled;
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
