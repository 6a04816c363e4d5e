/** How much a run measures. */
export interface Sizes {
	/** In each round, every build has its go; ratios are taken within a round. */
	rounds: number;
	/** Texts of one go at a steady four a second. */
	steadyTexts: number;
	/** Turns of one go at full speed. */
	turns: number;
	/** Requests of one go whose processor time is measured. */
	requests: number;
	/** Threads of twenty messages in the larger of two stores. */
	threads: number;
	/** Appends and reads that are timed on each of them, in one round. */
	storeCalls: number;
	/** Starts of n8n, with the package and without. */
	starts: number;
	/** Texts of one list. */
	listTexts: number;
	/** Of the list that shows what a list takes of memory. */
	longListTexts: number;
	/** How long nothing is done, in each round with triggers and without. */
	idleSeconds: number;
}

export const FULL: Sizes = {
	rounds: 5,
	steadyTexts: 24,
	turns: 60,
	requests: 100,
	threads: 100_000,
	storeCalls: 2_000,
	starts: 3,
	listTexts: 600,
	longListTexts: 10_000,
	idleSeconds: 120,
};

/** To see that everything runs; its figures mean little. */
export const QUICK: Sizes = {
	rounds: 2,
	steadyTexts: 8,
	turns: 20,
	requests: 20,
	threads: 10_000,
	storeCalls: 200,
	starts: 1,
	listTexts: 100,
	longListTexts: 500,
	idleSeconds: 30,
};
