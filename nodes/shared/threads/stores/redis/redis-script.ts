import { createHash } from 'node:crypto';

/** A script that Redis runs as one step: nothing else happens between its commands. */
export interface RedisScript {
	lua: string;
	/** What Redis knows it by once it has seen it. */
	sha1: string;
	/** Whether its first argument is the moment after which it must not run any more. */
	writes: boolean;
}

export function readingScript(lua: string): RedisScript {
	return { lua, sha1: sha1Of(lua), writes: false };
}

/**
 * Microseconds since 1970 by the server's clock in `now`. A script that a stalled server comes to
 * only after its caller has given up changes nothing: the caller was told that it failed.
 */
const IN_TIME = `
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
if now > tonumber(ARGV[1]) * 1000 then
	return redis.error_reply('LATE the caller has given up')
end
`;

/** `ARGV[1]` is the deadline; the script's own arguments start at `ARGV[2]`. */
export function writingScript(lua: string): RedisScript {
	const whole = IN_TIME + lua;
	return { lua: whole, sha1: sha1Of(whole), writes: true };
}

function sha1Of(lua: string): string {
	return createHash('sha1').update(lua).digest('hex');
}
