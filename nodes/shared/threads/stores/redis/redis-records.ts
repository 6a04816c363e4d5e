import type { RecordStore, RecordValue } from '../../record-store';
import { asKept, keyRangeOf, recordPageOf, storedValue } from '../record-pages';
import { readOfRecord, readOrWhyNot, UnreadableError } from '../stored-data';
import type { RedisConnection } from './redis-connection';
import type { RedisKeys } from './redis-keys';
import { listIn, type RedisReply, SCRIPTS, textIn } from './redis-scripts';
import { redisServerName } from './redis-settings';

/** Records given per step, so that a long page never holds Redis up. */
const LIST_STEP = 100;
/** In the scripts: no value. */
const NOTHING = '';

/**
 * Records in Redis: a string for each, without an end, and a sorted set of their keys. All keys of
 * that have one score, so Redis has them in the order of their bytes, and finds where a page begins
 * in as many steps as the set has levels, whatever else is in it.
 */
export function redisRecords(connection: RedisConnection, keys: RedisKeys): RecordStore {
	const store = redisServerName(connection.settings);
	const valueOf = (key: string, reply: RedisReply | undefined) => valueIn(store, key, reply);
	const readAll = async (wanted: readonly string[]) =>
		listIn(
			await connection.run(
				SCRIPTS.readRecords,
				[keys.recordIndex, ...wanted.map((key) => keys.ofRecord(key))],
				wanted,
			),
		);

	return {
		read: async (wanted) => {
			if (wanted.length === 0) return [];
			const replies = await readAll(wanted);
			return wanted.map((key, at) => readOrWhyNot(() => valueOf(key, replies[at])));
		},

		change: async (key, change) => {
			let [present] = await readAll([key]);
			// Ends: whoever comes between has succeeded, so of any number at least one is done each time.
			for (;;) {
				const next = change(valueOf(key, present));
				const before = isNothing(present) ? NOTHING : textIn(present);
				const after = next === undefined ? NOTHING : JSON.stringify(next);
				if (before !== after) {
					const found = await connection.run(
						SCRIPTS.swapRecord,
						[keys.recordIndex, keys.ofRecord(key)],
						[key, before, after],
					);
					if (found !== null) {
						[present] = listIn(found);
						continue;
					}
				}
				return next && asKept(next);
			}
		},

		list: async (query) => {
			const { from, isAfter, before } = keyRangeOf(query);
			const rows: Array<{ key: string; reply: RedisReply | undefined }> = [];
			let start = `${isAfter ? '(' : '['}${from}`;
			// One more than asked for tells whether there is a next page.
			while (rows.length <= query.limit) {
				const wanted = Math.min(LIST_STEP, query.limit + 1 - rows.length);
				const step = listIn(
					await connection.run(
						SCRIPTS.listRecords,
						[keys.recordIndex],
						[keys.recordsBase, start, `(${before}`, String(wanted)],
					),
				);
				for (const [key, reply] of step.map(listIn)) rows.push({ key: textIn(key), reply });
				start = `(${rows.at(-1)?.key ?? from}`;
				if (step.length < wanted) break;
			}
			return recordPageOf(
				rows,
				query.limit,
				({ key, reply }) => valueOf(key, reply) ?? thrownOut(store, key),
			);
		},

		delete: async (key) =>
			(await connection.run(
				SCRIPTS.deleteRecord,
				[keys.recordIndex, keys.ofRecord(key)],
				[key],
			)) !== 0,
	};
}

function isNothing(reply: RedisReply | undefined): boolean {
	return reply === null || reply === undefined;
}

/** Throws StoreUnavailableError. */
function valueIn(
	store: string,
	key: string,
	reply: RedisReply | undefined,
): RecordValue | undefined {
	if (isNothing(reply)) return undefined;
	if (typeof reply === 'number') return thrownOut(store, key);
	return storedValue(store, { key, json: textIn(reply) });
}

function thrownOut(store: string, key: string): never {
	return readOfRecord(store, key, () => {
		throw new UnreadableError(
			'Redis has thrown it out for want of memory; its "maxmemory-policy" has to be "noeviction"',
		);
	});
}
