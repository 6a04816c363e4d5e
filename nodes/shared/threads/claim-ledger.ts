type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
interface JsonObject {
	readonly [name: string]: JsonValue | undefined;
}

/**
 * What the holder of a claim writes down for whoever comes next. The ledger keeps it and never looks
 * inside; empty until the first `note`, unless it was taken with one. Each user of claims reads its
 * own records with care.
 */
export type ClaimRecord = JsonObject;

export type Claim =
	/** Ours until the hold ends. `previous` is what a holder that did not finish left behind. */
	| { status: 'claimed'; token: string; previous?: ClaimRecord }
	/** Somebody else works on it. */
	| { status: 'held'; record: ClaimRecord }
	/** Done before; never to be repeated. */
	| { status: 'settled'; record: ClaimRecord };

/** How a claim stands, seen by somebody who does not take it. */
export type ClaimLook =
	/** Nobody holds it. `previous` is what a holder that did not finish left behind. */
	| { status: 'free'; previous?: ClaimRecord }
	/** Somebody works on it. */
	| { status: 'held'; record: ClaimRecord }
	/** Done; never to be repeated. */
	| { status: 'settled'; record: ClaimRecord };

/**
 * Lets one of several executions do a thing that must happen once: a reply to a turn, a send. The
 * keys stand in claim-keys.ts. Every method rejects with StoreUnavailableError when the store cannot
 * be reached, and those that read a record when it cannot be read.
 */
export interface ClaimLedger {
	/**
	 * Takes the claim where it is free or its hold has ended. Atomic. Holds for `holdMs`.
	 *
	 * @param record what it holds from then on, as if noted in the same step; not written where there
	 * is a `previous`, which stays. What the claim holds already must not get lost.
	 */
	claim(key: string, holdMs: number, record?: ClaimRecord): Promise<Claim>;

	/** How the claim stands at this moment. Takes nothing, writes nothing, prolongs no hold. */
	look(key: string): Promise<ClaimLook>;

	/**
	 * Writes down progress and holds on for `holdMs` more; with 0 the next may take over at once
	 * and finds the record. Rejects with ClaimLostError when the token no longer holds.
	 */
	note(key: string, token: string, record: ClaimRecord, holdMs: number): Promise<void>;

	/** Records the outcome for good (kept for at least a day). Rejects like `note`. */
	settle(key: string, token: string, record: ClaimRecord): Promise<void>;

	/** Forgets the claim, as if it had never been taken. A token that no longer holds changes nothing. */
	release(key: string, token: string): Promise<void>;
}
