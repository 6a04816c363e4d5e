import type { RedisTimeouts } from '../../nodes/shared/threads/stores/redis/redis-connection';

const MINUTE_MS = 60_000;

/** For a store whose server is well: the machine may be busy. */
export const PATIENT: RedisTimeouts = {
	connectMs: MINUTE_MS,
	commandMs: MINUTE_MS,
	bridgeMs: MINUTE_MS,
};
