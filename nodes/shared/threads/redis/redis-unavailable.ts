import { StoreUnavailableError } from '../store-errors';
import { explainRedisError } from './explain-redis-error';
import { redisServerName, type RedisSettings } from './redis-settings';

/** Any failure of a call in the words of the port. */
export function redisUnavailable(settings: RedisSettings, error: unknown): StoreUnavailableError {
	const { cause, fix } = explainRedisError(error, settings);
	return new StoreUnavailableError(redisServerName(settings), `${cause}. ${fix}`, {
		cause: error,
	});
}
