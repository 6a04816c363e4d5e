/** The store cannot be reached, or refused to work. Nothing is known about what it holds. */
export class StoreUnavailableError extends Error {
	override readonly name = 'StoreUnavailableError';

	constructor(
		readonly store: string,
		/** Why, and the way out. */
		readonly fix: string,
		options: { cause?: unknown; part?: string } = {},
	) {
		const { cause, part } = options;
		const what = part === undefined ? 'is not available' : 'cannot read what it keeps';
		super(`The thread store (${store}) ${what}`, { cause });
		this.part = part;
	}

	/** The one thread, claim or record that cannot be read; undefined where nothing can. */
	readonly part: string | undefined;
}

/** Whether nothing can be had of the store, so that it is no use to go on with another thread. */
export function isOutage(error: unknown): boolean {
	return error instanceof StoreUnavailableError && error.part === undefined;
}
