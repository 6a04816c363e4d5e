import { finishText } from '../composing/finished-text';
import { reasonOf } from '../messaging/reason-of';
import { claimKeys } from '../threads/claim-keys';
import { ClaimLostError } from '../threads/thread-store';
import type { NeedsHumanCode, ReplyOutcome } from './reply-outcome';
import type { ReplyServices } from './reply-services';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';
import { leaveToOther, replyDraft, silenceBecause } from './silence';

/** So much was written that it may be another machine. */
const MAY_BE_MACHINE = new Set<NeedsHumanCode>(['tooManyReplies', 'tooManyModelCalls']);

type NeedsHuman = Extract<ReplyOutcome, { kind: 'needsHuman' }>;

/**
 * Tells the contact, in fixed words, that a person will answer; once per turn. The person needs to
 * hear of it in any case, so a text that could not be sent goes into the reason.
 */
export async function handOver(
	{ sms }: Pick<ReplyServices, 'sms'>,
	turn: ReplyTurn,
	{ handoverText, text: rules }: Pick<ReplyPlan, 'handoverText' | 'text'>,
	outcome: NeedsHuman,
): Promise<NeedsHuman> {
	// Another machine at the other end would answer this text too.
	if (handoverText.trim() === '' || MAY_BE_MACHINE.has(outcome.code)) return outcome;
	// Not the reply itself: a later run may still answer the turn.
	const key = claimKeys.handOver(turn.threadId, newestSidOf(turn));
	const notSent = (why: string) => ({
		...outcome,
		reason: `${outcome.reason} (The hand-over text was not sent: ${why})`,
	});
	const finished = finishText(handoverText, { ...rules, whenLonger: 'send' }, 'operator');
	if (finished.kind === 'unusable') return notSent(finished.reason);
	try {
		const told = await sms.sendToThread(replyDraft(turn, finished.text), key);
		return told.kind === 'sent'
			? { ...outcome, handover: told.sent }
			: notSent(silenceBecause(told.why).reason);
	} catch (error) {
		if (error instanceof ClaimLostError) return notSent(leaveToOther().reason);
		return notSent(error instanceof Error ? reasonOf(error) : '');
	}
}
