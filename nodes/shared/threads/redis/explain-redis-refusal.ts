import { BUSY_FIX, type RedisExplanation } from './redis-explanation';
import type { RedisFailure } from './redis-failure';

/** The server is there and lets us in, but cannot do it. */
export function explainRedisRefusal({ code, message }: RedisFailure): RedisExplanation | undefined {
	switch (code) {
		case 'OOM':
			return {
				cause: 'The memory of Redis is full, so it takes no more texts',
				fix: 'Give Redis more memory (maxmemory), or keep fewer messages or days.',
			};
		case 'MISCONF':
			return {
				cause: 'Redis cannot write to its disk and refuses changes',
				fix: 'Free disk space on the Redis server; its log says what is wrong.',
			};
		case 'LOADING':
			return { cause: 'Redis is starting and still loads its data', fix: BUSY_FIX };
		case 'BUSY':
			return { cause: "Redis is held up by somebody's script", fix: BUSY_FIX };
		case 'READONLY':
		case 'MASTERDOWN':
		case 'NOREPLICAS':
			return {
				cause: 'This Redis server is a replica, or its replicas are gone, and it takes no changes',
				fix: 'Use the address of the primary. After a failover the next attempt finds it by itself if the host name follows it.',
			};
		case 'MOVED':
		case 'ASK':
		case 'CLUSTERDOWN':
		case 'CROSSSLOT':
			return {
				cause: 'This is one node of a Redis Cluster, which the thread store cannot use',
				fix: 'Use a Redis server that is not clustered, or the address of a proxy in front of the cluster.',
			};
		case 'WRONGTYPE':
			return {
				cause: 'Another program keeps other data under this key prefix',
				fix: 'Choose another key prefix or another database.',
			};
		default:
			break;
	}
	if (/max number of clients/i.test(message)) {
		return {
			cause: 'Redis has no connection left',
			fix: 'Raise "maxclients" on the Redis server, or end programs that hold connections.',
		};
	}
	if (/unknown command/i.test(message)) {
		return {
			cause: 'This server does not know a command that the thread store needs (EVAL, EVALSHA)',
			fix: 'Use Redis 5 or later, or a compatible server such as Valkey that runs Lua scripts.',
		};
	}
	return undefined;
}
