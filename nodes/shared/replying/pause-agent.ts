import type { ThreadServices } from '../threads/thread-store';
import { takeThread } from '../threads/turns/speaking';
import type { NeedsHumanCode, ReplyOutcome } from './reply-outcome';
import type { ReplyPlan, ReplyTurn } from './reply-turn';

/** A person was asked for. What failed or was used up says nothing against the agent's next answer. */
const ASKS_FOR_PERSON = new Set<NeedsHumanCode>(['modelDecided', 'tooLong', 'maybeOptOut']);

/** Whether the agent stays silent after a hand-over for this reason. */
export function pausesAfter(
	{ pauseAfterHandOverMs }: Pick<ReplyPlan, 'pauseAfterHandOverMs'>,
	code: NeedsHumanCode,
): boolean {
	return pauseAfterHandOverMs !== null && ASKS_FOR_PERSON.has(code);
}

/** Leaves the thread to the person to whom the turn was handed over. Rejects with StoreUnavailableError. */
export async function pauseAgent(
	services: ThreadServices,
	turn: ReplyTurn,
	plan: Pick<ReplyPlan, 'pauseAfterHandOverMs'>,
	{ code, reason }: Extract<ReplyOutcome, { kind: 'needsHuman' }>,
): Promise<void> {
	if (turn.isTry || !pausesAfter(plan, code)) return;
	await takeThread(services, turn.threadId, {
		by: 'handed over by the agent',
		why: reason,
		pauseMs: plan.pauseAfterHandOverMs,
	});
}
