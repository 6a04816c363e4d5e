import type { StoreUnavailableError } from './store-unavailable-error';

export type RecordJson = string | number | boolean | null | readonly RecordJson[] | RecordValue;
/** What a record holds. The store keeps it and never looks inside; each kind has a reader of its own. */
export interface RecordValue {
	readonly [name: string]: RecordJson | undefined;
}

export interface KeptRecord {
	key: string;
	value: RecordValue;
}

export interface RecordQuery {
	prefix: string;
	limit: number;
	/** Of the page before. */
	cursor?: string;
}

export interface RecordPage {
	/** By key, in the order of its bytes. */
	records: KeptRecord[];
	/** Why some of the page are left out: what is kept of each is damaged. */
	unreadable?: StoreUnavailableError[];
	/** Ask again with it for the next page; absent on the last. */
	cursor?: string;
}

/** So many records are read in one step. */
export const MOST_RECORDS_READ = 100;

/**
 * What is kept of contacts, agents and brands: for good, whatever becomes of threads. The keys stand in
 * record-keys.ts. Every method rejects with StoreUnavailableError when the store cannot be reached;
 * neither an outage nor a damaged record ever reads as nothing.
 */
export interface RecordStore {
	/**
	 * What is kept under each of up to MOST_RECORDS_READ keys, in the order given, in one round trip;
	 * undefined where nothing is. One that cannot be read hides no other: in its place stands why.
	 */
	read(keys: readonly string[]): Promise<Array<RecordValue | undefined | StoreUnavailableError>>;

	/**
	 * Replaces a record by what `change` makes of the present one; undefined forgets it. No other change
	 * comes between; `change` runs again on a newer one, so it must be pure. Gives what is kept then.
	 * Rejects with StoreUnavailableError where the present one cannot be read, and leaves it as it is.
	 */
	change(
		key: string,
		change: (present: RecordValue | undefined) => RecordValue | undefined,
	): Promise<RecordValue | undefined>;

	/** At most `limit` records whose key starts with `prefix`, which ends with a colon. */
	list(query: RecordQuery): Promise<RecordPage>;

	/** Resolves to whether there was one, readable or not. */
	delete(key: string): Promise<boolean>;
}

/** One record. Rejects with StoreUnavailableError where it cannot be read. */
export async function readRecord(
	records: RecordStore,
	key: string,
): Promise<RecordValue | undefined> {
	const [found] = await readRecords(records, [key]);
	return found;
}

/** Any number of them, in the order given. Rejects with StoreUnavailableError where one cannot be read. */
export async function readRecords(
	records: RecordStore,
	keys: readonly string[],
): Promise<Array<RecordValue | undefined>> {
	const found: Array<RecordValue | undefined> = [];
	for (let from = 0; from < keys.length; from += MOST_RECORDS_READ) {
		for (const one of await records.read(keys.slice(from, from + MOST_RECORDS_READ))) {
			if (one instanceof Error) throw one;
			found.push(one);
		}
	}
	return found;
}

/**
 * All records under a prefix, page by page, in the order of their keys. Rejects with
 * StoreUnavailableError, also where one of them cannot be read: a list that leaves somebody out without
 * a word is worse than none.
 */
export async function* recordsUnder(
	records: RecordStore,
	prefix: string,
): AsyncGenerator<KeptRecord> {
	let cursor: string | undefined;
	do {
		const page = await records.list({
			prefix,
			limit: MOST_RECORDS_READ,
			...(cursor === undefined ? {} : { cursor }),
		});
		const [unreadable] = page.unreadable ?? [];
		if (unreadable) throw unreadable;
		yield* page.records;
		cursor = page.cursor;
	} while (cursor !== undefined);
}
