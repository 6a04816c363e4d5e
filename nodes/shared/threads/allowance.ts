import { hasPassed } from './has-passed';

/** So much of something may be used within an hour, which begins with its first use. */
export interface Allowance {
	/** Names what is counted; see claim-keys.ts. */
	key: string;
	/** 1 or more. */
	most: number;
}

export type Taken =
	| { kind: 'taken' }
	/** One of them is used up, and none was taken. */
	| {
			kind: 'usedUp';
			/** Its place in the list. */
			which: number;
			/** Nobody was refused before within the hour of the first of them; to the same taker it stays so. */
			isFirst: boolean;
	  };

/**
 * Counts what costs money, for as many processes as share the store. A count ends after an hour by
 * the clock that the store's claims are held by; one from the future, the clock having been set
 * back, has ended too.
 */
export interface AllowanceLedger {
	/**
	 * Takes one of each or, where one is used up, none. Atomic, and one step of the store, however
	 * many they are. What could not be done after all is not given back.
	 *
	 * Rejects with StoreUnavailableError; what it was for must then not be done.
	 *
	 * @param allowances at least one; those that many share come last.
	 * @param taker names who asks, so that the first who is refused is told so again when asking anew.
	 */
	take(allowances: readonly Allowance[], taker: string): Promise<Taken>;

	/**
	 * What `take` does, for each request in the order given, in one round trip. Each is atomic by
	 * itself: one that is refused keeps no other from its own.
	 */
	takeEach(requests: readonly AllowanceRequest[]): Promise<Taken[]>;
}

/** What `take` is given. */
export interface AllowanceRequest {
	allowances: readonly Allowance[];
	taker: string;
}

/** What is kept of one allowance. */
export interface AllowanceCount {
	/** When its hour began. Milliseconds since 1970. */
	since: number;
	used: number;
	/** Who was refused first. */
	told?: string;
}

/** For stores that work within this process: what comes of it, and what is to be kept, in the order given. */
export function takeFrom(
	counts: ReadonlyArray<AllowanceCount | undefined>,
	allowances: readonly Allowance[],
	taker: string,
	now: number,
): { taken: Taken; kept: AllowanceCount[] } {
	const present = counts.map((count): AllowanceCount => {
		const lasts = count && !hasPassed(count.since, ALLOWANCE_MS, now);
		return lasts ? count : { since: now, used: 0 };
	});
	const which = present.findIndex(({ used }, at) => used >= (allowances[at]?.most ?? 0));
	if (which < 0) {
		const kept = present.map((count) => ({ ...count, used: count.used + 1 }));
		return { taken: { kind: 'taken' }, kept };
	}
	const told = present[0]?.told ?? taker;
	const kept = present.map((count, at) => (at === 0 ? { ...count, told } : count));
	return { taken: { kind: 'usedUp', which, isFirst: told === taker }, kept };
}

/** An hour, in milliseconds. */
export const ALLOWANCE_MS = 3_600_000;
