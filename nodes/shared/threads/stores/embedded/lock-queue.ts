import type { Clock } from '../../../messaging/clock';

/**
 * Milliseconds that SQLite itself waits for another process' lock. All of n8n stands still for as
 * long, so it sits out one write of the other process and no more.
 */
export const BUSY_MS = 5;
/** Milliseconds between two tries, and up to as many more by chance: two processes must not keep step. */
const PAUSE_MS = 20;
/** Works done one after the other before the rest of n8n has its turn. */
const AT_A_TIME = 50;

interface Waiting {
	/** Whether it is done, well or not; false where the database is still locked. */
	attempt(): boolean;
	giveUp(): void;
	/** By `waitedMs`. */
	until: number;
}

/**
 * Runs works on a database that other processes may lock. A work runs at once and without a pause
 * where nothing waits. One that finds the database locked is tried again later; those that come
 * meanwhile wait behind it, so that all are done once, in the order in which they came.
 */
export class LockQueue {
	private waiting: Waiting[] = [];
	/** Why the first of them waits, and so all do. */
	private locked: unknown;
	/** All pauses so far. Not a time of day: a clock that is set back must make nobody wait longer. */
	private waitedMs = 0;

	/** @param lockedTooLong what a work is rejected with that has waited for as many milliseconds as it could. */
	constructor(
		private readonly clock: Pick<Clock, 'sleep'>,
		private readonly lockedTooLong: (waitedMs: number, cause: unknown) => Error,
	) {}

	/** Rejects as `work` throws. It runs again where the database was locked, so it must leave nothing half done. */
	async run<Result>(work: () => Result, patienceMs: number): Promise<Result> {
		if (this.waiting.length === 0) {
			try {
				return work();
			} catch (error) {
				if (!isLocked(error)) throw error;
			}
		}
		const ended = await new Promise<() => Result>((end) => {
			this.waiting.push({
				attempt: () => {
					try {
						const result = work();
						end(() => result);
					} catch (error) {
						if (isLocked(error)) {
							this.locked = error;
							return false;
						}
						end(() => {
							throw error;
						});
					}
					return true;
				},
				giveUp: () =>
					end(() => {
						throw this.lockedTooLong(patienceMs, this.locked);
					}),
				until: this.waitedMs + patienceMs,
			});
			if (this.waiting.length === 1) void this.workOff();
		});
		return ended();
	}

	private async workOff(): Promise<void> {
		let pause = pauseMs();
		while (this.waiting.length > 0) {
			await this.clock.sleep(pause);
			this.waitedMs += pause;
			pause = this.doSome() === 'more' ? 0 : pauseMs();
			this.giveUpLate();
		}
	}

	/** Also those behind one that can wait longer. */
	private giveUpLate(): void {
		const late = this.waiting.filter(({ until }) => until <= this.waitedMs);
		this.waiting = this.waiting.filter(({ until }) => until > this.waitedMs);
		for (const one of late) one.giveUp();
	}

	private doSome(): 'locked' | 'more' {
		for (let done = 0; done < AT_A_TIME; done++) {
			// Only taken away once done: what comes meanwhile must find that something waits.
			if (this.waiting[0]?.attempt() === false) {
				this.waitedMs += BUSY_MS;
				return 'locked';
			}
			this.waiting.shift();
		}
		return 'more';
	}
}

function pauseMs(): number {
	return PAUSE_MS * (1 + Math.random());
}

/** SQLITE_BUSY, SQLITE_LOCKED and SQLITE_PROTOCOL, which is a lock that was lost in a race; in the low byte. */
function isLocked(error: unknown): boolean {
	const { errcode } = error as { errcode?: unknown };
	return typeof errcode === 'number' && [5, 6, 15].includes(errcode & 0xff);
}
