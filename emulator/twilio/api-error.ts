import { errorEntry } from './error-catalogue';

/** A refusal of the API, in the shape Twilio documents. */
export class ApiError extends Error {
	readonly status: number;

	constructor(
		readonly code: number,
		options: { message?: string; status?: number } = {},
	) {
		super(options.message ?? errorEntry(code).message);
		this.status = options.status ?? errorEntry(code).status;
	}

	toJSON(): Record<string, unknown> {
		return {
			code: this.code,
			message: this.message,
			more_info: `https://www.twilio.com/docs/errors/${this.code}`,
			status: this.status,
		};
	}
}
