/** Asked before each call of a model, those that are tried again included; a call is made where it resolves. */
export interface ModelLimit {
	/** Rejects with ModelLimitError where the model must not be asked, or as what counts the calls. */
	takeCall(): Promise<void>;
}

/** The model was not asked, because it was asked as often as it may be within an hour. */
export class ModelLimitError extends Error {
	override readonly name = 'ModelLimitError';

	constructor(
		/** Whose calls are used up: one contact's, or all of the node. */
		readonly of: 'contact' | 'node',
		/** Nobody has been told within the hour that this contact gets no answer. */
		readonly isFirst: boolean,
		message: string,
		/** What the builder can do about it. */
		readonly fix: string,
	) {
		super(message);
	}
}
