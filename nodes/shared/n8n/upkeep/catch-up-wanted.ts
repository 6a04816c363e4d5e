import { processWide } from '../../process/process-wide';
import { isoTime } from '../../messaging/clock';
import { claimKeys } from '../../threads/claim-keys';
import type { ThreadServices } from '../../threads/thread-store';
import { CATCH_UP } from './names';
import { wakeUpkeep } from './upkeep';

/** Triggers that are to look for missed texts before it is time to. */
const wanted = processWide('catch-ups wanted', 1, () => new Set<string>());
/** Triggers of which this process has turned a text away, whose fault it was not. */
const refusing = processWide('texts refused', 1, () => new Set<string>());

/** Milliseconds: by then Twilio has given up what it may still try itself. */
const WEBHOOK_HAS_MS = 45_000;

/** Has the trigger look for missed texts soon, where this process looks after it; resolves to whether it does. */
export function wantCatchUp(trigger: string): boolean {
	wanted.add(trigger);
	if (wakeUpkeep(trigger, CATCH_UP, WEBHOOK_HAS_MS)) return true;
	wanted.delete(trigger);
	return false;
}

/** Whether it was wanted; from now on it is not. */
export function isCatchUpWanted(trigger: string): boolean {
	return wanted.delete(trigger);
}

/** A text could not be taken in: Twilio may never send it again. */
export function noteRefusal(trigger: string): void {
	refusing.add(trigger);
}

/**
 * A text was taken in: those that were turned away before can be looked for. Where another process
 * does that, the store tells it. Never rejects; what is not told is found at the next regular look.
 */
export async function tellOfRefusals(services: ThreadServices, trigger: string): Promise<void> {
	if (!refusing.delete(trigger) || wantCatchUp(trigger)) return;
	const { claims } = services.store;
	const key = claimKeys.refused(trigger);
	try {
		const taken = await claims.claim(key, 1_000);
		if (taken.status !== 'claimed') return;
		await claims.note(key, taken.token, { at: isoTime(services.clock) }, 0);
	} catch {
		refusing.add(trigger);
	}
}

/** When another process was last told that texts were turned away; undefined where none was. */
export async function lastRefusal(
	{ store }: Pick<ThreadServices, 'store'>,
	trigger: string,
): Promise<string | undefined> {
	const seen = await store.claims.look(claimKeys.refused(trigger));
	const record = seen.status === 'free' ? seen.previous : seen.record;
	return typeof record?.['at'] === 'string' ? record['at'] : undefined;
}
