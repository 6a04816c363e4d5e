import type { Clock } from '../messaging/clock';
import type { ClaimLedger, ClaimLook, ClaimRecord } from './claim-ledger';
import { RENEW_MS } from './timing';

export type TakenClaim =
	| Exclude<ClaimLook, { status: 'free' }>
	/** `previous` is what a holder that did not finish left behind. */
	| { status: 'claimed'; claim: HeldClaim; previous?: ClaimRecord };

/**
 * Takes the claim on the key where it is free. Rejects with StoreUnavailableError.
 *
 * @param record what the claim holds from then on, unless there is a `previous`.
 */
export async function takeClaim(
	ledger: ClaimLedger,
	key: string,
	holdMs: number,
	record: ClaimRecord = {},
): Promise<TakenClaim> {
	const taken = await ledger.claim(key, holdMs, record);
	if (taken.status !== 'claimed') return taken;
	const { token, previous } = taken;
	const claim = new HeldClaim(ledger, key, token, holdMs, previous ?? record);
	return { status: 'claimed', claim, ...(previous ? { previous } : {}) };
}

/**
 * A claim that is ours. Its writes go out one after the other, so that a renewal never undoes what
 * was noted after it. It ends once: settled, released, or left to the next.
 */
export class HeldClaim {
	/** What a renewal writes again. A holder before us may have left something that must not get lost. */
	private noted: { record: ClaimRecord; holdMs: number };
	private writes: Promise<void> = Promise.resolve();
	private ended = false;

	constructor(
		private readonly ledger: ClaimLedger,
		private readonly key: string,
		private readonly token: string,
		private readonly holdMs: number,
		record: ClaimRecord,
	) {
		this.noted = { record, holdMs };
	}

	/** Whether we have not given it up ourselves; another may have overtaken us all the same. */
	get isOurs(): boolean {
		return !this.ended;
	}

	/** Writes down progress and holds on for `holdMs` more. Rejects with ClaimLostError. */
	async note(record: ClaimRecord, holdMs: number): Promise<void> {
		this.noted = { record, holdMs };
		await this.renew();
	}

	/** What was noted is void. Holds on for as long as when it was taken. Rejects with ClaimLostError. */
	async clear(): Promise<void> {
		await this.note({}, this.holdMs);
	}

	/** Records the outcome for good. Rejects with ClaimLostError. */
	async settle(record: ClaimRecord): Promise<void> {
		this.ended = true;
		await this.write(async () => await this.ledger.settle(this.key, this.token, record));
	}

	/** Forgets the claim. Never rejects: where this fails the hold ends by itself. */
	async release(): Promise<void> {
		await this.end(async () => await this.ledger.release(this.key, this.token));
	}

	/** Gives the claim to the next, who finds the record. Never rejects, as `release`. */
	async leave(record: ClaimRecord): Promise<void> {
		await this.end(async () => await this.ledger.note(this.key, this.token, record, 0));
	}

	/**
	 * Does `work` and holds on meanwhile, however long that takes. Where renewing fails the hold runs
	 * out: the holder learns from its next `note` that it has lost the claim.
	 */
	async whileRenewing<Result>(clock: Clock, work: () => Promise<Result>): Promise<Result> {
		let cancel = () => {};
		const renewLater = () => {
			cancel = clock.after(RENEW_MS, () => {
				if (this.ended) return;
				void this.renew().catch(() => undefined);
				renewLater();
			});
		};
		renewLater();
		try {
			return await work();
		} finally {
			cancel();
			await this.writes;
		}
	}

	private async renew(): Promise<void> {
		await this.write(async () => {
			const { record, holdMs } = this.noted;
			await this.ledger.note(this.key, this.token, record, holdMs);
		});
	}

	private async end(write: () => Promise<void>): Promise<void> {
		if (this.ended) return;
		this.ended = true;
		await this.write(write).catch(() => undefined);
	}

	private async write(write: () => Promise<void>): Promise<void> {
		const done = this.writes.then(write);
		this.writes = done.catch(() => undefined);
		await done;
	}
}
