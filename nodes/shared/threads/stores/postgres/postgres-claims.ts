import { randomUUID } from 'node:crypto';
import type { Claim, ClaimLedger, ClaimRecord } from '../../claim-ledger';
import { ClaimLostError } from '../../thread-store';
import { parsed, readOfClaim, recordIn } from '../stored-data';
import type { PostgresConnection } from './postgres-connection';
import { type PostgresPlace, toStoredText } from './postgres-threads';

/** After its hold or its settling; a week, because people retry last Friday's execution on Monday. */
const KEEP = '7 days';

type TakenRow = {
	status: 'claimed' | 'held' | 'settled';
	present: string;
	taken_over: boolean;
};

type SeenRow = { record: string; settled: boolean; held: boolean };

interface ClaimWrite {
	set: string;
	where: string;
	values: unknown[];
}

/** Claims in the schema, measured by the server's clock. `written` is called after each one taken. */
export function postgresClaims(
	connection: PostgresConnection,
	{ store, schema }: PostgresPlace,
	written: () => void,
): ClaimLedger {
	const write = async (key: string, token: string, record: ClaimRecord, write: ClaimWrite) => {
		const rows = await connection.query(
			`UPDATE ${schema}.claims c SET record = $3, ${write.set}
			WHERE c.key = $1 AND c.token = $2 AND (${write.where}) RETURNING 1`,
			[toStoredText(key), token, JSON.stringify(record), ...write.values],
			'repeat',
		);
		if (rows.length === 0) throw new ClaimLostError(key);
	};

	return {
		claim: async (key, holdMs, given = {}): Promise<Claim> => {
			const token = randomUUID();
			const [row] = await connection.query<TakenRow>(
				`SELECT * FROM ${schema}.take_claim($1, $2, $3, $4, $5)`,
				[toStoredText(key), token, milliseconds(holdMs), KEEP, JSON.stringify(given)],
				'repeat',
			);
			if (row === undefined) throw new Error('take_claim answers with one row');
			written();
			const record = readOfClaim(store, key, () => recordIn(parsed(row.present)));
			switch (row.status) {
				case 'claimed':
					return row.taken_over
						? { status: 'claimed', token, previous: record }
						: { status: 'claimed', token };
				case 'held':
				case 'settled':
					return { status: row.status, record };
			}
		},

		look: async (key) => {
			const [row] = await connection.query<SeenRow>(
				`SELECT c.record, c.settled, ${schema}.is_held(c.held_since, c.held_until) AS held
				FROM ${schema}.claims c WHERE c.key = $1`,
				[toStoredText(key)],
				'repeat',
			);
			if (row === undefined) return { status: 'free' };
			const record = readOfClaim(store, key, () => recordIn(parsed(row.record)));
			if (row.settled) return { status: 'settled', record };
			return row.held ? { status: 'held', record } : { status: 'free', previous: record };
		},

		note: async (key, token, record, holdMs) => {
			await write(key, token, record, {
				set: `held_since = clock_timestamp(), held_until = clock_timestamp() + $4::interval,
					forget_at = clock_timestamp() + $4::interval + $5::interval`,
				where: 'NOT c.settled',
				values: [milliseconds(holdMs), KEEP],
			});
		},

		settle: async (key, token, record) => {
			await write(key, token, record, {
				set: 'settled = true, forget_at = clock_timestamp() + $4::interval',
				// Settled so already: this is the second try of one whose answer was lost.
				where: 'NOT c.settled OR c.record = $3',
				values: [KEEP],
			});
		},

		release: async (key, token) => {
			await connection.query(
				`DELETE FROM ${schema}.claims c WHERE c.key = $1 AND c.token = $2 AND NOT c.settled`,
				[toStoredText(key), token],
				'repeat',
			);
		},
	};
}

function milliseconds(ms: number): string {
	return `${ms} milliseconds`;
}
