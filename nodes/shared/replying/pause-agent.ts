import type { ThreadServices } from '../threads/thread-store';
import { takeThread } from '../threads/turns/speaking';
import type { NeedsHumanCode, ReplyOutcome } from './reply-outcome';
import type { ReplyServices } from './reply-services';
import type { ReplyPlan, ReplyTurn } from './reply-turn';

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
