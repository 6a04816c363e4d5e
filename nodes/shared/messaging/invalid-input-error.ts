export interface InputProblem {
	/** The label the builder sees. */
	field: string;
	cause: string;
	fix: string;
}

/** Something the builder or the incoming item gave cannot be used. Names the field, the cause and the fix. */
export class InvalidInputError extends Error {
	override readonly name = 'InvalidInputError';
	readonly field: string;
	readonly fix: string;

	constructor({ field, cause, fix }: InputProblem) {
		super(`${field}: ${cause}`);
		this.field = field;
		this.fix = fix;
	}
}
