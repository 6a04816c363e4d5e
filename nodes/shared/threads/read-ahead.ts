import type { Clock } from '../messaging/clock';
import type { Allowance, AllowanceLedger, AllowanceRequest, Taken } from './allowance';
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
}

/** So many are asked for in one call. */
const PAGE = 50;
/** Who may get fewer in an hour would miss one that was counted and, the run having ended, not sent. */
const SPARE = 10;
/** A thread that was read longer ago is read again: who opts out while a list goes out gets none. */
const FRESH_MS = 1_000;

/**
 * The store as a run sees it that sends a list: what it will be asked for next is asked for in pages,
 * two calls for fifty texts instead of two for each. What was read ahead serves once, a thread only
 * while it is fresh; whatever was not foreseen goes to the store.
 */
export function readAhead(
	{ store, clock }: { store: OpenThreadStore; clock: Clock },
	upcoming: readonly Upcoming[],
): OpenThreadStore {
	return {
		...store,
		threads: { ...store.threads, read: readingAhead(store.threads, clock, upcoming) },
		allowances: { ...store.allowances, take: takingAhead(store.allowances, upcoming) },
	};
}

function readingAhead(
	threads: ThreadStore,
	clock: Clock,
	upcoming: readonly Upcoming[],
): ThreadStore['read'] {
	const order = [...new Set(upcoming.map(({ threadId }) => threadId))];
	const place = new Map(order.map((threadId, at) => [threadId, at]));
	const ahead = new Map<string, { readAt: number; thread: Promise<Thread> }>();
	const isFresh = (readAt: number) => clock.elapsed() - readAt <= FRESH_MS;
	let size = PAGE;

	const readFrom = (at: number) => {
		const page = order.slice(at, at + size).filter((id) => !ahead.has(id));
		const readAt = clock.elapsed();
		const found = threads.readMany(page, NEWEST_MESSAGES);
		for (const [nth, threadId] of page.entries()) {
			const thread = found.then((all) => threadAt(all, nth));
			// Whoever needs it hears of it; it may be that nobody does.
			thread.catch(() => undefined);
			ahead.set(threadId, { readAt, thread });
		}
	};

	return async (threadId, limit) => {
		const at = place.get(threadId);
		if (at === undefined || limit !== NEWEST_MESSAGES)
			return await threads.read(threadId, limit);
		const known = ahead.get(threadId);
		if (known === undefined) {
			readFrom(at);
			size = Math.min(PAGE, size * 2);
		} else if (!isFresh(known.readAt)) {
			// The run is slower than that: the rest of a long page would grow old too.
			size = Math.max(1, Math.floor(size / 2));
			for (const [id, { readAt }] of ahead) if (!isFresh(readAt)) ahead.delete(id);
			readFrom(at);
		}
		const found = ahead.get(threadId);
		ahead.delete(threadId);
		// Of its second text on, a contact is looked at anew.
		place.delete(threadId);
		return found ? await found.thread : await threads.read(threadId, limit);
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
