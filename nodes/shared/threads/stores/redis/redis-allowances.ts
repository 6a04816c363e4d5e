import {
	ALLOWANCE_MS,
	type AllowanceLedger,
	type AllowanceRequest,
	type Taken,
} from '../../allowance';
import type { RedisConnection } from './redis-connection';
import type { RedisKeys } from './redis-keys';
import { listIn, numberIn, SCRIPTS } from './redis-scripts';

/** Counts in Redis, by its own clock; each key ends with its hour. */
export function redisAllowances(connection: RedisConnection, keys: RedisKeys): AllowanceLedger {
	const take = async ({ allowances, taker }: AllowanceRequest): Promise<Taken> => {
		const reply = await connection.run(
			SCRIPTS.takeAllowances,
			allowances.map(({ key }) => keys.ofAllowance(key)),
			[taker, String(ALLOWANCE_MS), ...allowances.map(({ most }) => String(most))],
		);
		const [which, isFirst] = listIn(reply).map(numberIn);
		if (which === undefined || which < 0) return { kind: 'taken' };
		return { kind: 'usedUp', which, isFirst: isFirst === 1 };
	};

	return {
		take: async (allowances, taker) => await take({ allowances, taker }),
		// Asked at once, they go out together, and Redis comes to them in order.
		takeEach: async (requests) => await Promise.all(requests.map(take)),
	};
}
