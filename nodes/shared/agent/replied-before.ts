import { countSegments } from '../messaging/segments';
import { NOT_COMPOSED } from './compose-reply';
import type { ConversationMemory } from './conversation-memory';
import { remember } from './memory-history';
import { recallSent } from './recall-sent';
import type { ReplyOutcome } from './reply-outcome';
import type { ReplyTurn } from './reply-turn';
import type { SendIdentity } from './outbound-draft';
import type { SendClaim } from './send-claim';
import type { SendDeps } from './send-deps';

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
