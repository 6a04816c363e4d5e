/**
 * One HTTP exchange. The domain asks for it through this port, so that n8n's own
 * helper (its proxy settings, its limits) carries every call.
 */
export interface HttpRequest {
	method: 'GET' | 'POST' | 'DELETE';
	url: string;
	headers?: Record<string, string>;
	/** Sent as it is; a URLSearchParams goes out form-encoded, repeated names included. */
	body?: string | URLSearchParams;
	/** Milliseconds until the attempt is given up. */
	timeoutMs: number;
	signal?: AbortSignal;
}

export interface HttpResponse {
	status: number;
	/** Lower-cased names. */
	headers: Record<string, string>;
	body: string;
}

/** Resolves with any status, 4xx and 5xx included; rejects with NoAnswerError when none came. */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

/** The server never answered. Whether it got the request decides if trying again is safe. */
export class NoAnswerError extends Error {
	override readonly name = 'NoAnswerError';

	constructor(
		/** Host only: a path or query could hold something private. */
		readonly host: string,
		/** The system's code: ECONNREFUSED, ETIMEDOUT, ENOTFOUND ... */
		readonly code: string,
		options?: { cause?: unknown },
	) {
		super(`${host} did not answer (${code})`, options);
	}

	/** True only where no byte of the request can have arrived. */
	get neverSent(): boolean {
		return NEVER_SENT.has(this.code);
	}
}

const NEVER_SENT = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'EADDRNOTAVAIL',
]);
