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

/**
 * Does `work` on one thread; where that cannot be read, tells of it and resolves to undefined, so that it
 * keeps no other waiting. Rejects as `work` does for everything else, an outage too.
 */
export async function apartFromOthers<Result>(
	unreadable: (error: StoreUnavailableError) => void,
	work: () => Promise<Result>,
): Promise<Result | undefined> {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof StoreUnavailableError) || isOutage(error)) throw error;
		unreadable(error);
		return undefined;
	}
}

/** Whether nothing can be had of the store, so that it is no use to go on with another thread. */
export function isOutage(error: unknown): boolean {
	return error instanceof StoreUnavailableError && error.part === undefined;
}
