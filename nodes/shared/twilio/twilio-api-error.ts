/** Twilio answered and refused. */
export class TwilioApiError extends Error {
	override readonly name = 'TwilioApiError';
	/** HTTP status. */
	readonly status: number;
	/** Twilio's error code (21610 ...); undefined where the answer had none. */
	readonly code: number | undefined;
	/** Twilio's id of the request, for its support. */
	readonly requestId: string | undefined;
	/** Milliseconds Twilio asked us to wait. */
	readonly retryAfterMs: number | undefined;

	constructor(problem: {
		status: number;
		code?: number | undefined;
		message: string;
		requestId?: string | undefined;
		retryAfterMs?: number | undefined;
	}) {
		super(problem.message);
		this.status = problem.status;
		this.code = problem.code;
		this.requestId = problem.requestId;
		this.retryAfterMs = problem.retryAfterMs;
	}

	/** Twilio turned the request away unprocessed because too many came at once. */
	get rateLimited(): boolean {
		return this.status === 429 && (this.code === undefined || this.code === 20429);
	}

	/** The server failed while working: what it did before that is not known. */
	get outcomeUnknown(): boolean {
		return this.status >= 500;
	}
}
