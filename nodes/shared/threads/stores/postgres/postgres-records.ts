import type { RecordStore } from '../../record-store';
import { asKept, keyRangeOf, recordPageOf, storedValue } from '../record-pages';
import { readOrWhyNot } from '../stored-data';
import type { PostgresConnection } from './postgres-connection';
import { atMost, fromStoredText, type PostgresPlace, toStoredText } from './postgres-threads';

type RecordRow = { key: string; value: string };

/** Records in the schema. They are never swept. */
export function postgresRecords(
	connection: PostgresConnection,
	{ store, schema }: PostgresPlace,
): RecordStore {
	/** JSON, by key as it is kept. */
	const readAll = async (keys: readonly string[]) => {
		const rows = await connection.query<RecordRow>(
			`SELECT r.key, r.value FROM ${schema}.records r WHERE r.key = ANY ($1)`,
			[keys.map(toStoredText)],
			'repeat',
		);
		return new Map(rows.map(({ key, value }) => [key, value]));
	};
	const valueOf = (key: string, json: string | null | undefined) =>
		json === null || json === undefined ? undefined : storedValue(store, { key, json });

	return {
		read: async (keys) => {
			const found = await readAll(keys);
			return keys.map((key) =>
				readOrWhyNot(() => valueOf(key, found.get(toStoredText(key)))),
			);
		},

		change: async (key, change) => {
			const id = toStoredText(key);
			let before = (await readAll([key])).get(id) ?? null;
			// Ends: of those that change it at the same time, every round lets one through.
			for (;;) {
				const next = change(valueOf(key, before));
				const after = next === undefined ? null : JSON.stringify(next);
				if (after !== before) {
					const [row] = await connection.query<{
						changed: boolean;
						present: string | null;
					}>(
						`SELECT * FROM ${schema}.change_record($1, $2, $3)`,
						[id, before, after],
						'reject',
					);
					if (!row?.changed) {
						before = row?.present ?? null;
						continue;
					}
				}
				return next && asKept(next);
			}
		},

		list: async (query) => {
			const { from, isAfter, before } = keyRangeOf(query);
			const limit = atMost(query.limit);
			const rows = await connection.query<RecordRow>(
				listRecords(schema, isAfter),
				[toStoredText(from), toStoredText(before), limit + 1],
				'repeat',
			);
			const stored = rows.map(({ key, value }) => ({
				key: fromStoredText(key),
				json: value,
			}));
			return recordPageOf(stored, limit, (row) => storedValue(store, row));
		},

		delete: async (key) => {
			const rows = await connection.query(
				`DELETE FROM ${schema}.records r WHERE r.key = $1 RETURNING 1`,
				[toStoredText(key)],
				'reject',
			);
			return rows.length > 0;
		},
	};
}

/** By key: $1 where to begin, $2 the end, which is left out, $3 how many. */
export const listRecords = (schema: string, isAfter: boolean) => `
	SELECT r.key, r.value FROM ${schema}.records r
	WHERE r.key ${isAfter ? '>' : '>='} $1 AND r.key < $2
	ORDER BY r.key LIMIT $3`;
