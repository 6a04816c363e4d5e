/** The same numbers for the same seed, so that a run can be had again. */
export class SeededRandom {
	private state: number;

	constructor(readonly seed: number) {
		this.state = seed >>> 0;
	}

	/** From 0, below 1. */
	next(): number {
		// Mulberry32: 32 bits of state are plenty for choosing moments and victims.
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number from `low` to `high`, both included. */
	between(low: number, high: number): number {
		return low + Math.floor(this.next() * (high - low + 1));
	}

	pick<T>(choices: readonly T[]): T {
		const chosen = choices[this.between(0, choices.length - 1)];
		if (chosen === undefined) throw new Error('There is nothing to choose from');
		return chosen;
	}
}
