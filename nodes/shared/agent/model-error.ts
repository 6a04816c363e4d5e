export type ModelErrorCode =
	| 'credentialRefused'
	| 'modelNotFound'
	| 'rateLimited'
	| 'providerFailed'
	| 'requestRefused'
	| 'noAnswer'
	| 'timeout'
	| 'malformed';

interface ModelProblem {
	code: ModelErrorCode;
	message: string;
	/** What the builder can do about it. */
	fix: string;
	cause?: unknown;
}

/** The model gave no usable composition. */
export abstract class ModelError extends Error {
	readonly code: ModelErrorCode;
	readonly fix: string;

	constructor({ code, message, fix, cause }: ModelProblem) {
		super(message, cause === undefined ? undefined : { cause });
		this.code = code;
		this.fix = fix;
	}
}

/** The provider answered and refused. */
export class ModelRefusedError extends ModelError {
	override readonly name = 'ModelRefusedError';

	constructor(
		problem: ModelProblem,
		/** HTTP status; undefined where the connected model does not tell. */
		readonly status: number | undefined,
	) {
		super(problem);
	}
}

/** No answer came, or not in time. */
export class ModelNoAnswerError extends ModelError {
	override readonly name = 'ModelNoAnswerError';
}

/** The answer is empty, half-broken or cut off: not fit for a contact's eyes. */
export class MalformedCompositionError extends ModelError {
	override readonly name = 'MalformedCompositionError';

	constructor(message: string, options?: { cause?: unknown; fix?: string }) {
		super({
			code: 'malformed',
			message,
			fix: 'Run it again. If it stays, choose another model or allow more output tokens in the options.',
			...options,
		});
	}
}
