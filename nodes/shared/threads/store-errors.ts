/** The store cannot be reached, or refused to work. Nothing is known about what it holds. */
export class StoreUnavailableError extends Error {
	override readonly name = 'StoreUnavailableError';

	constructor(
		readonly store: string,
		readonly fix: string,
		options?: { cause?: unknown },
	) {
		super(`The thread store (${store}) is not available`, options);
	}
}

/** Somebody else took the claim over after its hold had ended. */
export class ClaimLostError extends Error {
	override readonly name = 'ClaimLostError';

	constructor(readonly key: string) {
		super('Another execution took this over because this one held it for too long');
	}
}
