/** What Redis answers; strings stay bytes, because messages are. */
export type RedisReply = Buffer | string | number | null | RedisReply[];

/** A reply whose shape our own script or command fixed. Throws where a server answers otherwise. */
export function listIn(reply: RedisReply | undefined): RedisReply[] {
	if (Array.isArray(reply)) return reply;
	throw new Error('Redis answered in an unexpected form');
}

export function textIn(reply: RedisReply | undefined): string {
	return bytesIn(reply).toString('utf8');
}

export function bytesIn(reply: RedisReply | undefined): Buffer {
	if (Buffer.isBuffer(reply)) return reply;
	if (typeof reply === 'string') return Buffer.from(reply);
	throw new Error('Redis answered in an unexpected form');
}

export function numberIn(reply: RedisReply | undefined): number {
	if (typeof reply === 'number') return reply;
	throw new Error('Redis answered in an unexpected form');
}
