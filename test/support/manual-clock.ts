import type { Clock } from '../../nodes/shared/messaging/clock';

interface Sleeper {
	due: number;
	wake: () => void;
}

/** A clock for several that wait at once: those whose time has come wake, in order, when it is moved on. */
export class ManualClock implements Clock {
	private time = Date.parse('2026-01-15T12:00:00.000Z');
	private set = 0;
	private sleepers: Sleeper[] = [];

	now(): number {
		return this.time + this.set;
	}

	elapsed(): number {
		return this.time;
	}

	/** Sets the time of day, by so much; no time goes by. */
	setBy(ms: number): void {
		this.set += ms;
	}

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		signal?.throwIfAborted();
		await new Promise<void>((wake, reject) => {
			this.sleepers.push({ due: this.time + ms, wake });
			signal?.addEventListener('abort', () => reject(signal.reason as Error));
		});
	}

	after(ms: number, run: () => void): () => void {
		const sleeper = { due: this.time + ms, wake: run };
		this.sleepers.push(sleeper);
		return () => {
			this.sleepers = this.sleepers.filter((one) => one !== sleeper);
		};
	}

	/** Moves on by `ms`, stopping at each sleeper on the way until all that it does next is done. */
	async advance(ms: number): Promise<void> {
		const end = this.time + ms;
		await settled();
		for (;;) {
			const next = this.sleepers
				.filter(({ due }) => due <= end)
				.sort((one, other) => one.due - other.due)[0];
			if (!next) break;
			this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
			this.time = Math.max(this.time, next.due);
			next.wake();
			await settled();
		}
		this.time = end;
	}
}

/** Lets every promise that can go on, go on. */
async function settled(): Promise<void> {
	for (let round = 0; round < 5; round++) await new Promise(setImmediate);
}
