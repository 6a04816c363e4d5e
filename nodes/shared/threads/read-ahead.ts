import type { Clock } from '../messaging/clock';
import type { Allowance, AllowanceLedger, AllowanceRequest, Taken } from './allowance';
import { MOST_RECORDS_READ, type RecordStore } from './record-store';
import {
	NEWEST_MESSAGES,
	type OpenThreadStore,
	type ReadThread,
	type Thread,
	type ThreadStore,
} from './thread-store';

/** What a run is about to ask of the store for one text. */
export interface Upcoming extends AllowanceRequest {
	threadId: string;
	/** As one call of `records.read` will name them, in any order. */
	recordKeys?: string[];
}

/** So many are asked for in one call. */
const PAGE = 50;
/** Who may get fewer in an hour would miss one that was counted and, the run having ended, not sent. */
const SPARE = 10;
/** What was read longer ago is read again: who opts out while a list goes out gets none. */
const FRESH_MS = 1_000;

/**
 * The store as a run sees it that sends a list: what it will be asked for next is asked for in pages,
 * three calls or so for fifty texts instead of three for each. What was read ahead serves once, a thread
 * and records only while they are fresh; whatever was not foreseen goes to the store.
 */
export function readAhead(
	{ store, clock }: { store: OpenThreadStore; clock: Clock },
	upcoming: readonly Upcoming[],
): OpenThreadStore {
	return {
		...store,
		fresh: store,
		threads: { ...store.threads, read: readingAhead(store.threads, clock, upcoming) },
		records: { ...store.records, read: readingRecordsAhead(store.records, clock, upcoming) },
		allowances: { ...store.allowances, take: takingAhead(store.allowances, upcoming) },
	};
}

function readingAhead(
	threads: ThreadStore,
	clock: Clock,
	upcoming: readonly Upcoming[],
): ThreadStore['read'] {
	const order = upcoming.map(({ threadId }) => threadId);
	const ahead = pagesAhead(order, clock, async (page) => {
		const found = await threads.readMany(page, NEWEST_MESSAGES);
		return (nth) => threadAt(found, nth);
	});
	return async (threadId, limit) => {
		const found = limit === NEWEST_MESSAGES ? ahead(threadId) : undefined;
		return await (found ?? threads.read(threadId, limit));
	};
}

function readingRecordsAhead(
	records: RecordStore,
	clock: Clock,
	upcoming: readonly Upcoming[],
): RecordStore['read'] {
	const lists = new Map(
		upcoming.flatMap(({ recordKeys = [] }) =>
			recordKeys.length > 0 ? [[nameOf(recordKeys), recordKeys] as const] : [],
		),
	);
	const ahead = pagesAhead([...lists.keys()], clock, async (page) => {
		const keys = [...new Set(page.flatMap((name) => lists.get(name) ?? []))];
		const starts = Array.from(
			{ length: Math.ceil(keys.length / MOST_RECORDS_READ) },
			(_, nth) => nth * MOST_RECORDS_READ,
		);
		const found = await Promise.all(
			starts.map(async (at) => await records.read(keys.slice(at, at + MOST_RECORDS_READ))),
		);
		const values = found.flat();
		return () => new Map(keys.map((key, nth) => [key, values[nth]]));
	});
	return async (keys) => {
		const found = await ahead(nameOf(keys));
		// A record that many texts need is read once for all of them.
		if (found) return keys.map((key) => copyOf(found.get(key)));
		return await records.read(keys);
	};
}

function nameOf(keys: readonly string[]): string {
	return JSON.stringify(keys.toSorted());
}

function copyOf<Value>(value: Value): Value {
	return value instanceof Error ? value : structuredClone(value);
}

/**
 * What `readPage` gives for each of `order`, read in pages ahead of those who ask for it; undefined for
 * what was not foreseen, or was given already.
 */
function pagesAhead<Value>(
	order: readonly string[],
	clock: Clock,
	readPage: (page: string[]) => Promise<(nth: number) => Value>,
): (name: string) => Promise<Value> | undefined {
	const names = [...new Set(order)];
	const place = new Map(names.map((name, at) => [name, at]));
	const ahead = new Map<string, { readAt: number; value: Promise<Value> }>();
	const isFresh = (readAt: number) => clock.elapsed() - readAt <= FRESH_MS;
	let size = PAGE;

	const readFrom = (at: number) => {
		const page = names.slice(at, at + size).filter((name) => !ahead.has(name));
		const readAt = clock.elapsed();
		const found = readPage(page);
		for (const [nth, name] of page.entries()) {
			const value = found.then((of) => of(nth));
			// Whoever needs it hears of it; it may be that nobody does.
			value.catch(() => undefined);
			ahead.set(name, { readAt, value });
		}
	};

	return (name) => {
		const at = place.get(name);
		if (at === undefined) return undefined;
		const known = ahead.get(name);
		if (known === undefined) {
			readFrom(at);
			size = Math.min(PAGE, size * 2);
		} else if (!isFresh(known.readAt)) {
			// The run is slower than that: the rest of a long page would grow old too.
			size = Math.max(1, Math.floor(size / 2));
			for (const [other, { readAt }] of ahead) if (!isFresh(readAt)) ahead.delete(other);
			readFrom(at);
		}
		const found = ahead.get(name);
		ahead.delete(name);
		// Of its second text on, a contact is looked at anew.
		place.delete(name);
		return found?.value;
	};
}

function threadAt(all: readonly ReadThread[], nth: number): Thread {
	const found = all[nth];
	if (found === undefined) throw new Error('A store left out a thread that it was asked for');
	if (found instanceof Error) throw found;
	return found;
}

function takingAhead(
	ledger: AllowanceLedger,
	upcoming: readonly Upcoming[],
): AllowanceLedger['take'] {
	const firsts = new Map(upcoming.toReversed().map((one) => [one.taker, one]));
	const order = [...new Set(upcoming.map(({ taker }) => taker))];
	const place = new Map(order.map((taker, at) => [taker, at]));
	const ahead = new Map<string, Promise<Taken>>();
	let upTo = 0;
	/** Grows as what was taken ahead is asked for, but for the few that are under way: who was texted before uses none. */
	let size = 1;

	return async (wanted, taker) => {
		const at = place.get(taker);
		const foreseen = firsts.get(taker)?.allowances[0];
		const isForeseen = foreseen?.key === wanted[0]?.key && foreseen?.most === wanted[0]?.most;
		if (at === undefined || !isForeseen || !hasSpare(wanted)) {
			return await ledger.take(wanted, taker);
		}
		place.delete(taker);
		if (at >= upTo) {
			size = ahead.size > SPARE ? 1 : Math.min(PAGE, size * 2);
			const page = order
				.slice(at, at + size)
				.flatMap((one) => firsts.get(one) ?? [])
				.filter(({ allowances }) => hasSpare(allowances));
			upTo = at + size;
			const taken = ledger.takeEach(page);
			for (const [nth, one] of page.entries()) {
				const own = taken.then((all) => all[nth] as Taken);
				// Who comes later asks anew.
				own.catch(() => ahead.delete(one.taker));
				ahead.set(one.taker, own);
			}
		}
		const found = ahead.get(taker);
		ahead.delete(taker);
		return found ? await found : await ledger.take(wanted, taker);
	};
}

function hasSpare(allowances: readonly Allowance[]): boolean {
	return allowances.every(({ most }) => most >= SPARE);
}
