import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../messaging/clock';
import {
	takeFrom,
	type AllowanceCount,
	type AllowanceLedger,
	type AllowanceRequest,
	type Taken,
} from '../../allowance';
import { countIn, parsed, readOfClaim } from '../stored-data';
import { inTransaction } from './embedded-database';
import type { WithoutPause } from './without-pause';

/** Counts in the table of claims, as ones that nobody holds; they are forgotten with them. */
export function embeddedAllowances(
	database: DatabaseSync,
	clock: Clock,
	store: string,
): WithoutPause<AllowanceLedger> {
	const find = database.prepare('SELECT record FROM claims WHERE key = ?');
	const keep = database.prepare(
		`INSERT INTO claims (key, token, record, held_until, touched_at) VALUES (?, '', ?, 0, ?)
		ON CONFLICT (key) DO UPDATE SET record = excluded.record, touched_at = excluded.touched_at`,
	);
	const countOf = (key: string): AllowanceCount | undefined => {
		const row = find.get(key) as { record: string } | undefined;
		return row && readOfClaim(store, key, () => countIn(parsed(row.record)));
	};

	const take = ({ allowances, taker }: AllowanceRequest): Taken => {
		const now = clock.now();
		const counts = allowances.map(({ key }) => countOf(key));
		const { taken, kept } = takeFrom(counts, allowances, taker, now);
		for (const [at, { key }] of allowances.entries()) {
			keep.run(key, JSON.stringify(kept[at]), now);
		}
		return taken;
	};

	return {
		take: (allowances, taker) => inTransaction(database, () => take({ allowances, taker })),
		takeEach: (requests) => inTransaction(database, () => requests.map(take)),
	};
}
