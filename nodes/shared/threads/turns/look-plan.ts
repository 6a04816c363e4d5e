import { hasPassed } from '../has-passed';
import { LEASE_HOLD_MS, LONGEST_RETRY_MS, RUN_STARTS_WITHIN_MS } from '../timing';

/** Conversations whose turns are not over, and when to look after them again. */
export interface OpenTurns {
	/** Milliseconds since 1970; undefined where nobody waits for anything. */
	next: number | undefined;
	/** They wait for another try at sending, at the earliest at `nextSendAt`. */
	toSend: number;
	nextSendAt: number | undefined;
	/** They wait for the model. */
	forModel: number;
}

/** While nobody knows whether runs have died. */
const ASK_AGAIN_MS = 15_000;
/** The more there are, the more a look at all of them costs. */
const EACH_MS = 200;

/** What is known of the run of an open turn. */
export type RunLife = 'young' | 'atWork' | 'dead' | 'unknown';

/** A turn that is to be handed in. */
export interface Due {
	threadId: string;
	why: 'withoutRun' | 'died' | 'retry';
}

/** What one look has come to. */
export class LookPlan {
	readonly due: Due[] = [];
	/** Runs of which nobody knows whether they wait or have died. */
	doubtful = 0;
	private next = Infinity;
	private toSend = 0;
	private nextSendAt = Infinity;
	forModel = 0;

	constructor(readonly now: number) {}

	/** @param at when the turn is due, in milliseconds since 1970. */
	at(threadId: string, why: Due['why'], at: number): void {
		if (this.isDue(at)) this.due.push({ threadId, why });
		else this.lookBy(at);
	}

	sendAt(threadId: string, at: number): void {
		this.at(threadId, 'retry', at);
		if (this.isDue(at)) return;
		this.toSend += 1;
		this.nextSendAt = Math.min(this.nextSendAt, at);
	}

	watch(life: Exclude<RunLife, 'dead'>, startedAt: number): void {
		switch (life) {
			case 'young': {
				const bounds = [startedAt + LEASE_HOLD_MS, startedAt + RUN_STARTS_WITHIN_MS];
				this.lookBy(bounds.find((at) => at > this.now) ?? this.now);
				return;
			}
			case 'atWork':
				this.lookBy(this.now + LEASE_HOLD_MS);
				return;
			case 'unknown':
				this.doubtful += 1;
		}
	}

	/** Nothing is ever put off further: what is was put off by a clock that has been set back since. */
	private isDue(at: number): boolean {
		return hasPassed(at - LONGEST_RETRY_MS, LONGEST_RETRY_MS, this.now);
	}

	lookBy(at: number): void {
		// A time that cannot be read is none.
		if (at < this.next) this.next = at;
	}

	told(): OpenTurns {
		const { doubtful, now } = this;
		if (doubtful > 0) this.lookBy(now + ASK_AGAIN_MS + doubtful * EACH_MS);
		const { next, toSend, nextSendAt, forModel } = this;
		return {
			next: Number.isFinite(next) ? next : undefined,
			toSend,
			nextSendAt: Number.isFinite(nextSendAt) ? nextSendAt : undefined,
			forModel,
		};
	}
}
