import type { RedisLink } from './redis-client';
import { RedisFailure, silence } from './redis-failure';
import { listIn, type RedisReply, textIn } from './redis-reply';
import type { RedisScript } from './redis-script';

/**
 * Runs a script on a connection in one round trip. Times are those of `performance.now()`.
 *
 * @param clockOffset see `clockOffsetOf`.
 */
export async function runRedisScript(
	link: RedisLink,
	{ lua, sha1, writes }: RedisScript,
	keys: readonly string[],
	args: ReadonlyArray<string | Buffer>,
	{ deadline, clockOffset }: { deadline: number; clockOffset: number },
): Promise<RedisReply> {
	const latest = writes ? [String(Math.floor(deadline + clockOffset))] : [];
	const rest = [String(keys.length), ...keys, ...latest, ...args];
	try {
		return await link.send(['EVALSHA', sha1, ...rest]);
	} catch (error) {
		// A server that was restarted, or never saw the script, learns it from the whole text.
		if (!(error instanceof RedisFailure && error.code === 'NOSCRIPT')) throw error;
		return await link.send(['EVAL', lua, ...rest]);
	}
}

/** Milliseconds from `performance.now()` to the server's clock; at most too small, never too large. */
export async function clockOffsetOf(link: RedisLink): Promise<number> {
	const [seconds, micros] = listIn(await link.send(['TIME']));
	return Number(textIn(seconds)) * 1_000 + Number(textIn(micros)) / 1_000 - performance.now();
}

/** Rejects with a RedisFailure at the deadline; the work goes on unheeded. */
export async function before<T>(deadline: number, work: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(silence()), Math.max(0, deadline - performance.now()));
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
