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
	/** Milliseconds until the attempt is given up, the answer's last byte included. */
	timeoutMs: number;
	signal?: AbortSignal;
	/** Nobody reads the answer's body: it comes back empty, and is not waited for. */
	statusOnly?: true;
}

export interface HttpResponse {
	status: number;
	/** Lower-cased names. */
	headers: Record<string, string>;
	body: string;
}

/** Resolves with any status, 4xx and 5xx included; rejects with NoAnswerError when none came. */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

/** No whole answer came, or none that can be read. Whether the request arrived decides if trying again is safe. */
export class NoAnswerError extends Error {
	override readonly name = 'NoAnswerError';

	constructor(
		/** Host only: a path or query could hold something private. */
		readonly host: string,
		/** The system's code: ECONNREFUSED, ETIMEDOUT, ENOTFOUND ... */
		readonly code: string,
		{ says = 'did not answer', cause }: { says?: string; cause?: unknown } = {},
	) {
		super(`${host} ${says} (${code})`, cause === undefined ? undefined : { cause });
	}

	static tooLarge(host: string, maxBytes: number): NoAnswerError {
		const says = `sent an answer of more than ${maxBytes / 1_000_000} MB`;
		return new NoAnswerError(host, TOO_LARGE, { says });
	}

	static unreadable(host: string): NoAnswerError {
		return new NoAnswerError(host, UNREADABLE, {
			says: 'answered with something that cannot be read, such as a web page',
		});
	}

	/** True only where no byte of the request can have arrived. */
	get neverSent(): boolean {
		return NEVER_SENT.has(this.code);
	}

	get isTooLarge(): boolean {
		return this.code === TOO_LARGE;
	}

	/** What answers is hardly the service that was meant. */
	get isStranger(): boolean {
		return this.isTooLarge || this.code === UNREADABLE;
	}
}

const TOO_LARGE = 'ETOOLARGE';
const UNREADABLE = 'EUNREADABLE';

const NEVER_SENT = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'EADDRNOTAVAIL',
]);
