import { explainRedisLogin } from './explain-redis-login';
import { explainRedisNetwork } from './explain-redis-network';
import { explainRedisRefusal } from './explain-redis-refusal';
import { explainRedisTls } from './explain-redis-tls';
import type { RedisExplanation } from './redis-explanation';
import { RedisFailure } from './redis-failure';
import { redisServerName, type RedisSettings } from './redis-settings';

/** What a failure means for somebody who filled in the credential. Never repeats the password. */
export function explainRedisError(error: unknown, settings: RedisSettings): RedisExplanation {
	if (!(error instanceof RedisFailure)) {
		return {
			cause: 'Something other than Redis seems to answer at this address',
			fix: 'Check the host and the port.',
		};
	}
	return (
		explainRedisNetwork(error, settings) ??
		explainRedisTls(error, settings) ??
		explainRedisLogin(error, settings) ??
		explainRedisRefusal(error) ?? {
			cause: `${redisServerName(settings)} refused: ${error.message}`,
			fix: 'Ask whoever runs this Redis server.',
		}
	);
}
