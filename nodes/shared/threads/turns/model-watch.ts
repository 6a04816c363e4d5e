import { hasPassed } from '../has-passed';
import type { Retry } from '../thread-store';
import type { TurnStanding } from './turn-standing';

/** Milliseconds between two tries while the model fails for everybody. */
const PROBE_EVERY_MS = 30_000;
/** While a try is under way: an answer comes in some seconds, and many wait for it. */
const LOOK_AGAIN_MS = 5_000;

interface WaitingTurn {
	thread: { threadId: string };
	standing: TurnStanding;
}

/** What the look is told of the turns that wait for a model. */
interface ModelPlan {
	at(threadId: string, why: 'retry', at: number): void;
	lookBy(at: number): void;
	forModel: number;
}

/** What a turn that waits for a model, or asks it once more, is a further try of. */
export function modelRetryOf(standing: TurnStanding): Retry | undefined {
	if (standing.kind !== 'retry' && standing.kind !== 'running') return undefined;
	return standing.retry?.why === 'modelFailed' ? standing.retry : undefined;
}

/**
 * Decides when turns that wait for a model are begun again: each at its own time; before it, one every
 * half a minute asks for all; and once one of them was answered, all of them at once.
 */
export class ModelWatch {
	/** SIDs of their newest texts, by thread. */
	private waiting = new Map<string, string>();
	private askedAt = -Infinity;
	private isBack = false;

	/** @param answered SIDs of texts of the thread that have their reply. */
	hear(threadId: string, answered: ReadonlySet<string>): void {
		this.isBack ||= answered.has(this.waiting.get(threadId) ?? '');
	}

	/** Tells `plan` of all turns that wait. */
	choose(now: number, found: readonly WaitingTurn[], plan: ModelPlan): void {
		const turns = found.flatMap(({ thread: { threadId }, standing }) => {
			const retry = modelRetryOf(standing);
			return retry ? [{ threadId, kind: standing.kind, retry }] : [];
		});
		this.waiting = new Map(turns.map(({ threadId, retry }) => [threadId, retry.through]));
		const pending = turns
			.filter(({ kind }) => kind === 'retry')
			.sort((one, other) => one.retry.since.localeCompare(other.retry.since));
		const isAsking = turns.length > pending.length;
		const { isBack } = this;
		this.isBack = false;
		plan.forModel = isBack ? 0 : pending.length;
		if (pending.length === 0) return;

		const mayAsk = !isAsking && hasPassed(this.askedAt, PROBE_EVERY_MS, now);
		const first = pending[0]?.threadId;
		for (const { threadId, retry } of pending) {
			const isDue = isBack || Date.parse(retry.at) <= now || (mayAsk && threadId === first);
			if (isDue && !isBack) this.askedAt = now;
			plan.at(threadId, 'retry', isDue ? now : Date.parse(retry.at));
		}
		const isAsked = isAsking || this.askedAt === now;
		plan.lookBy(isAsked ? now + LOOK_AGAIN_MS : this.askedAt + PROBE_EVERY_MS);
	}
}
