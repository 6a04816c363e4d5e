import type { Clock } from '../../messaging/clock';

/** A pool closes a store that nobody asked it for in ten minutes. */
const KEEP_MS = 5 * 60_000;

/**
 * What is made of a credential, kept for some looks: n8n needs far more processor time to read one
 * than the rest of a look does. Made anew after five minutes, and after any failure.
 */
export class Kept<Value> {
	private made: { at: number; value: Promise<Value> } | undefined;

	constructor(
		private readonly make: () => Promise<Value>,
		private readonly clock: Clock,
	) {}

	/** Rejects as making it does, or as `work` does. */
	async use<Result>(work: (value: Value) => Promise<Result>): Promise<Result> {
		try {
			return await work(await this.fresh());
		} catch (error) {
			this.made = undefined;
			throw error;
		}
	}

	private async fresh(): Promise<Value> {
		const now = this.clock.elapsed();
		if (this.made === undefined || now - this.made.at >= KEEP_MS) {
			this.made = { at: now, value: this.make() };
		}
		return await this.made.value;
	}
}
