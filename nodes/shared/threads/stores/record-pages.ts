import { InvalidInputError } from '../../messaging/invalid-input-error';
import type { RecordPage, RecordQuery, RecordValue } from '../record-store';
import { apart, parsed, readOfRecord, valueIn } from './stored-data';

/** The keys of a page, in the order of their bytes. */
export interface KeyRange {
	from: string;
	/** Whether `from` itself is the key of the page before. */
	isAfter: boolean;
	/** No key of the prefix reaches it. */
	before: string;
}

/** Where the keys of a page lie. The cursor is the last key of the page before. */
export function keyRangeOf({ prefix, cursor }: RecordQuery): KeyRange {
	if (!prefix.endsWith(':')) throw new Error(`A prefix of records ends with a colon: ${prefix}`);
	if (cursor !== undefined && !cursor.startsWith(prefix)) {
		throw new InvalidInputError({
			field: 'Cursor',
			cause: 'it is not one that this store gave for these records',
			fix: 'Leave it out to begin with the first page.',
		});
	}
	// The semicolon is the next character after the colon.
	return {
		from: cursor ?? prefix,
		isAfter: cursor !== undefined,
		before: `${prefix.slice(0, -1)};`,
	};
}

/** A record as an engine gives it. */
export interface StoredRecord {
	key: string;
	json: string;
}

/** What a store keeps under a key. Throws StoreUnavailableError where it cannot be read. */
export function storedValue(store: string, { key, json }: StoredRecord): RecordValue {
	return readOfRecord(store, key, () => valueIn(parsed(json)));
}

/** What JSON has kept of a value, as every store would give it back. */
export function asKept(value: RecordValue): RecordValue {
	return JSON.parse(JSON.stringify(value)) as RecordValue;
}

/** The page of `rows`, of which there is one more than `limit` where another page follows. */
export function recordPageOf<Row extends { key: string }>(
	rows: readonly Row[],
	limit: number,
	valueOf: (row: Row) => RecordValue,
): RecordPage {
	const page = rows.slice(0, limit);
	const { sound, ...others } = apart(page, (row) => ({ key: row.key, value: valueOf(row) }));
	const last = page.at(-1);
	return {
		records: sound,
		...others,
		...(rows.length > limit && last ? { cursor: last.key } : {}),
	};
}
