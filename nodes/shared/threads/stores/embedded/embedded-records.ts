import type { DatabaseSync } from 'node:sqlite';
import type { RecordStore } from '../../record-store';
import { asKept, keyRangeOf, recordPageOf, storedValue, type StoredRecord } from '../record-pages';
import { readOrWhyNot } from '../stored-data';
import { inSnapshot, inTransaction } from './embedded-database';
import type { WithoutPause } from './without-pause';

/** Records in the embedded database. SQLite compares texts by their bytes, so the key gives the order. */
export function embeddedRecords(database: DatabaseSync, store: string): WithoutPause<RecordStore> {
	const find = database.prepare('SELECT value FROM records WHERE key = ?');
	const keep = database.prepare(
		`INSERT INTO records (key, value) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
	);
	const drop = database.prepare('DELETE FROM records WHERE key = ?');
	const page = (start: '>' | '>=') =>
		database.prepare(
			`SELECT key, value AS json FROM records WHERE key ${start} ? AND key < ?
			ORDER BY key LIMIT ?`,
		);
	const pages = { first: page('>='), next: page('>') };

	const jsonOf = (key: string) => (find.get(key) as { value: string } | undefined)?.value;
	const valueOf = (key: string, json: string | undefined) =>
		json === undefined ? undefined : storedValue(store, { key, json });

	return {
		read: (keys) =>
			inSnapshot(database, () =>
				keys.map((key) => readOrWhyNot(() => valueOf(key, jsonOf(key)))),
			),

		change: (key, change) =>
			inTransaction(database, () => {
				const before = jsonOf(key);
				const next = change(valueOf(key, before));
				if (next === undefined) {
					drop.run(key);
					return undefined;
				}
				const json = JSON.stringify(next);
				if (json !== before) keep.run(key, json);
				return asKept(next);
			}),

		list: (query) => {
			const { from, isAfter, before } = keyRangeOf(query);
			const statement = isAfter ? pages.next : pages.first;
			const rows = statement.all(from, before, query.limit + 1) as unknown as StoredRecord[];
			return recordPageOf(rows, query.limit, (row) => storedValue(store, row));
		},

		delete: (key) => Number(drop.run(key).changes) > 0,
	};
}
