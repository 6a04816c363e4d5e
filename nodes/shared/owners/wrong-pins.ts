import type { Clock } from '../messaging/clock';
import { recordKeys } from '../threads/record-keys';
import { readRecord, type RecordStore, type RecordValue } from '../threads/record-store';
import { hasPassed } from '../threads/has-passed';
import type { OwnedAgent } from './hand-overs';

/** After so many wrong ones within an hour even the right one is refused until the hour is over. */
export const MOST_WRONG_PINS = 10;
const HOUR_MS = 3_600_000;

export interface PinServices {
	records: RecordStore;
	clock: Clock;
}

/** Whether so many were wrong that somebody tries them out. Rejects with StoreUnavailableError. */
export async function isLockedOut(
	{ records, clock }: PinServices,
	{ accountSid, agentId }: OwnedAgent,
	phone: string,
): Promise<boolean> {
	const found = await readRecord(records, recordKeys.wrongPins(accountSid, agentId, phone));
	return wrongIn(found, clock.now()).wrong >= MOST_WRONG_PINS;
}

/**
 * Counts a text without the right PIN. Resolves to whether its phone is to be told: once an hour.
 * Rejects with StoreUnavailableError.
 */
export async function countWrongPin(
	{ records, clock }: PinServices,
	{ accountSid, agentId }: OwnedAgent,
	phone: string,
): Promise<boolean> {
	const now = clock.now();
	const kept = await records.change(
		recordKeys.wrongPins(accountSid, agentId, phone),
		(present) => {
			const { since, wrong } = wrongIn(present, now);
			return { since, wrong: wrong + 1 };
		},
	);
	return wrongIn(kept, now).wrong === 1;
}

function wrongIn(found: RecordValue | undefined, now: number): { since: number; wrong: number } {
	const since = Number(found?.['since'] ?? Number.NaN);
	const isOfNow = Number.isFinite(since) && !hasPassed(since, HOUR_MS, now);
	return isOfNow ? { since, wrong: Number(found?.['wrong'] ?? 0) } : { since: now, wrong: 0 };
}
