import { finishText } from '../composing/finished-text';
import { replyDraft, silenceBehind } from './silence';
import type { ReplyOutcome } from './reply-outcome';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';
import type { SendDeps } from '../sending/outbound-draft';
import { reasonOf } from '../messaging/reason-of';
import { sendToThread } from '../sending/send-to-thread';

type NeedsHuman = Extract<ReplyOutcome, { kind: 'needsHuman' }>;

/**
 * Tells the contact, in fixed words, that a person will answer; once per turn. The person needs to
 * hear of it in any case, so a text that could not be sent goes into the reason.
 */
export async function handOver(
	deps: SendDeps,
	turn: ReplyTurn,
	{ handoverText, text: rules }: Pick<ReplyPlan, 'handoverText' | 'text'>,
	outcome: NeedsHuman,
): Promise<NeedsHuman> {
	// Another machine at the other end would answer these words too.
	if (handoverText.trim() === '' || outcome.code === 'tooManyReplies') return outcome;
	// Not the reply's own key: a later run may still answer the turn.
	const key = `handover:${turn.threadId}:${newestSidOf(turn)}`;
	const notSent = (why: string): NeedsHuman => ({
		...outcome,
		reason: `${outcome.reason} (The hand-over text was not sent: ${why})`,
	});
	const finished = finishText(handoverText, { ...rules, whenLonger: 'send' }, 'operator');
	if (finished.kind === 'unusable') return notSent(finished.reason);
	try {
		const draft = replyDraft(turn, finished.text);
		return { ...outcome, handover: await sendToThread(deps, draft, key) };
	} catch (error) {
		return notSent(silenceBehind(error)?.message ?? reasonOf(error));
	}
}
