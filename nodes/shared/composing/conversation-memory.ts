import type { ModelMessage } from './reply-composer';

/**
 * What was said to a contact and by them, kept by somebody else than the thread store: whoever asks
 * a model about the same conversation elsewhere reads and writes it too. It decides nothing here;
 * whether a turn may be answered is the thread's to say. Both methods reject with MemoryError.
 */
export interface ConversationMemory {
	/** Oldest first, as far back as the memory goes. Empty where nothing was said yet. */
	load(signal?: AbortSignal): Promise<ModelMessage[]>;

	/** Adds one exchange. Not atomic: one that fails may have kept the contact's words alone. */
	save(contactSaid: string, weSaid: string, signal?: AbortSignal): Promise<void>;
}

/** The memory did not do what it was asked. */
export class MemoryError extends Error {
	override readonly name = 'MemoryError';
	readonly fix =
		'Look at the Memory node that is connected to this one, and at its credential. Then run this execution again.';

	constructor(
		/** What it could not do, as in "could not be read". */
		failed: string,
		/** Why, in the memory's own words. */
		why: string,
		options?: { cause?: unknown },
	) {
		super(`The connected memory ${failed}: ${why}`, options);
	}
}
