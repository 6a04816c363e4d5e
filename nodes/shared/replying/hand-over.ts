import { finishText } from '../composing/finished-text';
import { reasonOf } from '../messaging/reason-of';
import { claimKeys } from '../threads/claim-keys';
import { ClaimLostError, type ThreadServices } from '../threads/thread-store';
import { takeThread } from '../threads/turns/speaking';
import type { NeedsHumanCode, ReplyOutcome } from './reply-outcome';
import type { ReplyServices } from './reply-services';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';
import { leaveToOther, replyDraft, silenceBecause } from './silence';

/** So much was written that it may be another machine. */
const MAY_BE_MACHINE = new Set<NeedsHumanCode>(['tooManyReplies', 'tooManyModelCalls']);

type NeedsHuman = Extract<ReplyOutcome, { kind: 'needsHuman' }>;

/** The contact has been told, with the hand-over before. */
const TOLD = new Set<NeedsHumanCode>(['takenOver']);

/**
 * Tells the contact that a person will answer, then leaves the thread to that person. The agent speaks
 * until it has said so, and a person who is faster keeps it silent.
 */
export async function handOver(
	services: ReplyServices,
	turn: ReplyTurn,
	plan: ReplyPlan,
	outcome: NeedsHuman,
): Promise<NeedsHuman> {
	const told = await tellContact(services, turn, plan, outcome);
	await pauseAgent(services, turn, plan, outcome);
	return told;
}

/**
 * Tells the contact, in fixed words; once per turn. The person needs to hear of it in any case, so a
 * text that could not be sent goes into the reason.
 */
async function tellContact(
	{ sms }: Pick<ReplyServices, 'sms'>,
	turn: ReplyTurn,
	plan: ReplyPlan,
	outcome: NeedsHuman,
): Promise<NeedsHuman> {
	const { handoverText, text: rules } = plan;
	const { code } = outcome;
	// Another machine at the other end would answer this text too.
	if (handoverText.trim() === '' || MAY_BE_MACHINE.has(code) || TOLD.has(code)) return outcome;
	// Not the reply itself: a later run may still answer the turn.
	const key = claimKeys.handOver(turn.threadId, newestSidOf(turn));
	const notSent = (why: string) => ({
		...outcome,
		reason: `${outcome.reason} (The hand-over text was not sent: ${why})`,
	});
	const finished = finishText(handoverText, { ...rules, whenLonger: 'send' }, 'operator');
	if (finished.kind === 'unusable') return notSent(finished.reason);
	try {
		const draft = replyDraft(turn, finished.text);
		// What the contact writes meanwhile is left to the person too, so nobody else would say it.
		const told = await sms.sendToThread(
			pausesAfter(plan, code) ? { ...draft, purpose: { kind: 'handOver' } } : draft,
			key,
		);
		return told.kind === 'sent'
			? { ...outcome, handover: told.sent }
			: notSent(silenceBecause(told.why).reason);
	} catch (error) {
		if (error instanceof ClaimLostError) return notSent(leaveToOther().reason);
		return notSent(error instanceof Error ? reasonOf(error) : '');
	}
}

/** A person was asked for. What failed or was used up says nothing against the agent's next answer. */
const ASKS_FOR_PERSON = new Set<NeedsHumanCode>([
	...(['modelDecided', 'tooLong', 'maybeOptOut'] as const),
	...(['actionUncertain', 'unearnedClaim'] as const),
]);

/** Whether the agent stays silent after a hand-over for this reason. */
export function pausesAfter(
	{ pauseAfterHandOverMs }: Pick<ReplyPlan, 'pauseAfterHandOverMs'>,
	code: NeedsHumanCode,
): boolean {
	return pauseAfterHandOverMs !== null && ASKS_FOR_PERSON.has(code);
}

/** Leaves the thread to the person to whom the turn was handed over. Rejects as `takeOver` of the sender. */
export async function pauseAgent(
	services: ThreadServices & Partial<Pick<ReplyServices, 'sms'>>,
	turn: ReplyTurn,
	plan: Pick<ReplyPlan, 'pauseAfterHandOverMs'>,
	{ code, reason }: Extract<ReplyOutcome, { kind: 'needsHuman' }>,
): Promise<void> {
	if (turn.isTry || !pausesAfter(plan, code)) return;
	const takes = {
		by: 'handed over by the agent',
		why: reason,
		pauseMs: plan.pauseAfterHandOverMs,
	};
	// Who only writes has no sender, and so nothing to call off at Twilio.
	await (services.sms
		? services.sms.takeOver(turn.threadId, takes)
		: takeThread(services, turn.threadId, takes));
}
