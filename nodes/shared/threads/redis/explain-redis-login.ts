import type { RedisExplanation } from './redis-explanation';
import type { RedisFailure } from './redis-failure';
import type { RedisSettings } from './redis-settings';

/** Who we are and what we may do. */
export function explainRedisLogin(
	{ code, message }: RedisFailure,
	{ user, database, keyPrefix }: RedisSettings,
): RedisExplanation | undefined {
	if (code === 'NOPERM') {
		return {
			cause: `Redis does not let the user ${user || 'default'} do what the thread store needs`,
			fix: `Give the user the keys ~{${keyPrefix}}:* and the commands +@read +@write +@scripting +@connection +time -@dangerous.`,
		};
	}
	if (code === 'NOAUTH') {
		return {
			cause: 'Redis asks for a password',
			fix: 'Fill in the password (and the user, if there is one).',
		};
	}
	if (code === 'DENIED') {
		return {
			cause: 'Redis runs in protected mode: it takes no connections from other machines without a password',
			fix: 'Set a password on the Redis server (requirepass, or an ACL user) and fill it in here.',
		};
	}
	if (/password configured|no password is set/i.test(message)) {
		return {
			cause: 'This Redis server has no password',
			fix: 'Leave user and password empty.',
		};
	}
	if (/wrong number of arguments for '?auth/i.test(message)) {
		return {
			cause: 'This Redis server is older than version 6 and knows no users',
			fix: 'Leave the user empty.',
		};
	}
	if (code === 'WRONGPASS' || /invalid password/i.test(message)) {
		return {
			cause: user
				? `Redis does not accept the user ${user} with this password`
				: 'Redis does not accept the password',
			fix: 'Correct the user and the password. A server with only a password has no user: leave it empty.',
		};
	}
	if (/DB index|invalid database|SELECT is not allowed/i.test(message)) {
		return {
			cause: `Redis has no database number ${database}`,
			fix: 'Use 0, the only one of many hosted servers, or a number below the "databases" setting.',
		};
	}
	return undefined;
}
