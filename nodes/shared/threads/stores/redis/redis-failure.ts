/**
 * Redis refused, or could not be reached. The one error the client is translated into, so that
 * nothing else needs to know the client's own classes.
 */
export class RedisFailure extends Error {
	override readonly name = 'RedisFailure';

	constructor(
		/** First word of Redis' refusal (`OOM`, `WRONGPASS`), or the system's code (`ECONNREFUSED`). */
		readonly code: string,
		message: string,
	) {
		super(message);
	}

	/** May be gone in a moment without anybody doing anything: a restart, a failover. */
	get isPassing(): boolean {
		return PASSING.has(this.code);
	}

	/** It was turned away before anything was done, and would be taken in a moment. */
	get didNothing(): boolean {
		return this.code === 'LATE' || this.code === 'LOADING';
	}

	/** The connection is of no more use, whether or not it still stands. */
	get endsConnection(): boolean {
		return this.isPassing || ENDING.has(this.code);
	}
}

const PASSING = new Set([
	'ECONNREFUSED',
	'ECONNRESET',
	'ECONNABORTED',
	'EPIPE',
	'ETIMEDOUT',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'EAI_AGAIN',
	'LOADING',
]);

/** A clock that was set since; a server that became a replica, or lost its user, since we connected. */
const ENDING = new Set(['LATE', 'READONLY', 'NOAUTH', 'MASTERDOWN']);

export function silence(): RedisFailure {
	return new RedisFailure('ETIMEDOUT', 'Redis did not answer in time');
}
