import { replyDraft, silenceBehind } from './silence';
import type { ReplyOutcome } from './reply-outcome';
import { newestSidOf, type ReplyTurn } from './reply-turn';
import type { SendDeps } from '../sending/outbound-draft';
import { sendToThread } from '../sending/send-to-thread';

type NeedsHuman = Extract<ReplyOutcome, { kind: 'needsHuman' }>;

/**
 * Tells the contact, in fixed words, that a person will answer; once per turn. The person needs to
 * hear of it in any case, so a text that could not be sent goes into the reason.
 */
export async function handOver(
	deps: SendDeps,
	turn: ReplyTurn,
	words: string,
	outcome: NeedsHuman,
): Promise<NeedsHuman> {
	// Another machine at the other end would answer these words too.
	if (words.trim() === '' || outcome.code === 'tooManyReplies') return outcome;
	// Not the reply's own key: a later run may still answer the turn.
	const key = `handover:${turn.threadId}:${newestSidOf(turn)}`;
	try {
		return {
			...outcome,
			handover: await sendToThread(deps, replyDraft(turn, words.trim()), key),
		};
	} catch (error) {
		const why = silenceBehind(error)?.message ?? (error instanceof Error ? error.message : '');
		return {
			...outcome,
			reason: `${outcome.reason} (The hand-over text was not sent: ${why})`,
		};
	}
}
