import type { Clock } from '../messaging/clock';
import { processWide } from '../process/process-wide';

/** So many failures in a row, without an answer between, and the model counts as down. */
const FAILURES = 5;
/** So often one call tries whether it is back. */
const TRY_EVERY_MS = 15_000;
/** A try that hangs keeps the next one waiting so long. */
const TRY_HANGS_MS = 60_000;

/** So many calls begun since the last answer, all without one for long, and it hangs. */
const HANGING_CALLS = 10;
/** Long, for a model that answers in seconds; one that is slow has three times its slowest answer. */
const HANGING_MS = 10_000;
/** And for one that nobody knows yet. */
const UNKNOWN_HANGING_MS = 30_000;
/** A call that is out for longer was forgotten by whoever made it. */
const FORGOTTEN_MS = 10 * 60_000;

/**
 * What all copies of the package know of one model; raise the version where the shape changes. Times
 * are those of `Clock.elapsed`.
 */
interface ModelHealth {
	failures: number;
	/** 0 for never. */
	answeredAt: number;
	/** The slowest answer, milliseconds; what is long ago counts less. */
	slowestMs: number | undefined;
	/** When a model that is down was last asked. */
	triedAt: number;
	/** When each call that is out was begun. */
	out: Set<{ since: number; isTry: boolean }>;
}

const models = processWide('model-health', 2, () => new Map<string, ModelHealth>());

/** One call of a model. Only the first word on how it ended counts. */
export interface ModelCall {
	/** The model was reached, whatever it said. */
	answered(): void;
	/** It was not, or failed for a reason that passes. */
	failed(): void;
	/** It was not made after all. */
	dropped(): void;
}

/**
 * Keeps the calls of a model that is down to a try now and then, so that an outage costs tens of
 * them, however many texts come in. A model that answers is never kept from a call.
 */
export interface ModelBreaker {
	/** To be asked before each HTTP call; undefined where it is not to be made. */
	begin(): ModelCall | undefined;
}

/** @param key names the model and who asks it; what this process knows of it is shared by all. */
export function modelBreaker(key: string, clock: Clock): ModelBreaker {
	const fresh = { failures: 0, answeredAt: 0, slowestMs: undefined, triedAt: 0 };
	const health = models.get(key) ?? { ...fresh, out: new Set() };
	models.set(key, health);
	return {
		begin: () => {
			const now = clock.elapsed();
			if (isHanging(health, now)) shut(health, now);
			const isDown = health.failures >= FAILURES;
			if (isDown && !mayTry(health, now)) return undefined;
			if (isDown) health.triedAt = now;
			return callOf(health, clock, isDown);
		},
	};
}

function callOf(health: ModelHealth, clock: Clock, isTry: boolean): ModelCall {
	const call = { since: clock.elapsed(), isTry };
	health.out.add(call);
	return {
		answered: () => {
			if (!health.out.delete(call)) return;
			const now = clock.elapsed();
			const slowest = Math.max(now - call.since, 0.9 * (health.slowestMs ?? 0));
			Object.assign(health, { failures: 0, answeredAt: now, slowestMs: slowest });
		},
		dropped: () => void health.out.delete(call),
		failed: () => {
			if (!health.out.delete(call)) return;
			// One that was begun before the last answer tells nothing newer than that.
			if (call.since < health.answeredAt) return;
			health.failures += 1;
			if (health.failures === FAILURES) shut(health, clock.elapsed());
		},
	};
}

function shut(health: ModelHealth, now: number): void {
	if (health.failures < FAILURES) health.failures = FAILURES;
	health.triedAt = Math.max(health.triedAt, now);
}

function mayTry({ triedAt, out }: ModelHealth, now: number): boolean {
	if (now - triedAt < TRY_EVERY_MS) return false;
	return [...out].every(({ isTry, since }) => !isTry || now - since >= TRY_HANGS_MS);
}

/** Whether calls come back neither with an answer nor with a failure. */
function isHanging(health: ModelHealth, now: number): boolean {
	if (health.failures >= FAILURES) return false;
	for (const call of health.out) {
		if (now - call.since >= FORGOTTEN_MS) health.out.delete(call);
	}
	const { slowestMs, answeredAt, out } = health;
	const unanswered = [...out].filter(({ since }) => since >= answeredAt);
	if (unanswered.length < HANGING_CALLS) return false;
	const patience =
		slowestMs === undefined ? UNKNOWN_HANGING_MS : Math.max(HANGING_MS, 3 * slowestMs);
	return now - (unanswered[0]?.since ?? now) >= patience;
}
