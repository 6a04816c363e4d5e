import type { Clock } from '../../nodes/shared/messaging/clock';

/** A clock that stands still until told; sleeping moves it on at once. */
export class FakeClock implements Clock {
	readonly sleeps: number[] = [];
	private set = 0;
	private readonly timers = new Set<{ due: number; run: () => void }>();

	constructor(private time = Date.parse('2026-01-15T12:00:00.000Z')) {}

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

	advance(ms: number): void {
		this.time += ms;
		for (const timer of [...this.timers]) {
			if (timer.due > this.time || !this.timers.delete(timer)) continue;
			timer.run();
		}
	}

	after(ms: number, run: () => void): () => void {
		const timer = { due: this.time + ms, run };
		this.timers.add(timer);
		return () => this.timers.delete(timer);
	}

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		signal?.throwIfAborted();
		this.sleeps.push(ms);
		this.advance(ms);
		await Promise.resolve();
	}
}
