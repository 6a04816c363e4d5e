import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { onRedis } from '../../harness/servers/shared-redis';
import type { RedisSettings } from '../../nodes/shared/threads/stores/redis/redis-settings';

/** A line of MONITOR: `1700000000.1 [0 127.0.0.1:50000] "GET" "key"`; of a script's own calls, `[0 lua]`. */
const CALL = /^\+[\d.]+ \[\d+ (?!lua\])[^\]]*\] "([^"]+)"/;
/** What a client says to get or to keep its connection. */
const CONNECTION = ['auth', 'client', 'hello', 'ping', 'select'];

export interface RedisCalls {
	/** So far; a script is one call, whatever it does. */
	count(): number;
	stop(): void;
}

/** Counts what is asked of a Redis server by anybody. */
export async function countRedisCalls({ host, port }: RedisSettings): Promise<RedisCalls> {
	const socket = connect(port, host);
	await once(socket, 'connect');
	let calls = 0;
	createInterface(socket).on('line', (line) => {
		const name = CALL.exec(line)?.[1]?.toLowerCase();
		if (name !== undefined && !CONNECTION.includes(name)) calls += 1;
	});
	socket.write('MONITOR\r\n');
	return { count: () => calls, stop: () => socket.destroy() };
}

export interface RedisTraffic {
	/** Calls of our scripts so far. */
	scripts: number;
	/** Times that the server has read from a connection: what comes in one go is one. */
	reads: number;
}

/** What the server has counted itself, at no cost. */
export async function redisTraffic(settings: RedisSettings): Promise<RedisTraffic> {
	const info = await onRedis(settings, async (client) => {
		const section = async (name: string) => String(await client.sendCommand(['INFO', name]));
		return (await section('commandstats')) + (await section('stats'));
	});
	const scripts = [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
	const [, reads] = /total_reads_processed:(\d+)/.exec(info) ?? [];
	return {
		scripts: scripts.reduce((sum, [, calls]) => sum + Number(calls), 0),
		reads: Number(reads),
	};
}
