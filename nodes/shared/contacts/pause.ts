import { isoTime, type Clock } from '../messaging/clock';
import { recordKeys } from '../threads/record-keys';
import type { RecordStore } from '../threads/record-store';
import type { Pause } from './standing';

/** Whose agents are paused: those of a brand or, with an empty one, those of the account without one. */
export interface BrandIdentity {
	accountSid: string;
	brand: string;
}

/**
 * No agent of the brand texts anybody from now on, until `resumeBrand`. A pause that holds already
 * stays the same one. Rejects with StoreUnavailableError.
 */
export async function pauseBrand(
	{ records, clock }: { records: RecordStore; clock: Clock },
	{ accountSid, brand }: BrandIdentity,
	by: string,
): Promise<Pause> {
	const pause: Pause = { since: isoTime(clock), by };
	const kept = await records.change(recordKeys.brand(accountSid, brand), (present) =>
		present?.['pause'] === undefined ? { ...present, pause: { ...pause } } : present,
	);
	return (kept?.['pause'] as Pause | undefined) ?? pause;
}

/** Resolves to whether there was a pause. Rejects with StoreUnavailableError. */
export async function resumeBrand(
	records: RecordStore,
	{ accountSid, brand }: BrandIdentity,
): Promise<boolean> {
	let was = false;
	await records.change(recordKeys.brand(accountSid, brand), (present) => {
		was = present?.['pause'] !== undefined;
		if (!was) return present;
		return { ...present, pause: undefined };
	});
	return was;
}
