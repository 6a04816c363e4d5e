import {
	ALLOWANCE_MS,
	type AllowanceLedger,
	type AllowanceRequest,
	type Taken,
} from '../../allowance';
import type { PostgresConnection } from './postgres-connection';
import { toStoredText } from './postgres-threads';

/** Longer than an hour counts. */
const KEEP = '2 hours';

type TakenRow = { which: number | null; is_first: boolean };

/** Counts in `schema` (quoted), by the server's clock. `written` is called after each. */
export function postgresAllowances(
	connection: PostgresConnection,
	schema: string,
	written: () => void,
): AllowanceLedger {
	const takeEach = async (requests: readonly AllowanceRequest[]): Promise<Taken[]> => {
		const rows = await connection.query<TakenRow>(
			`SELECT * FROM ${schema}.take_allowances($1, $2, $3)`,
			[JSON.stringify(requests.map(asStored)), ALLOWANCE_MS, KEEP],
			// Counted twice where the answer was lost: rather too much than too little.
			'repeat',
		);
		requests.forEach(() => written());
		return rows.map(({ which, is_first: isFirst }) =>
			which === null ? { kind: 'taken' } : { kind: 'usedUp', which, isFirst },
		);
	};

	return {
		take: async (allowances, taker) => {
			const [taken] = await takeEach([{ allowances, taker }]);
			if (taken === undefined) throw new Error('take_allowances answers with a row for each');
			return taken;
		},
		takeEach,
	};
}

function asStored({ allowances, taker }: AllowanceRequest) {
	return {
		keys: allowances.map(({ key }) => toStoredText(key)),
		mosts: allowances.map(({ most }) => most),
		taker: toStoredText(taker),
	};
}
