import { processWide } from '../../process/process-wide';
import { isoTime, type Clock } from '../../messaging/clock';
import { claimKeys } from '../../threads/claim-keys';
import type { OpenThreadStore, ThreadServices } from '../../threads/thread-store';
import { CATCH_UP } from './names';
import { wakeUpkeep } from './upkeep';

/** Triggers that are to look for missed texts before it is time to. */
const wanted = processWide('catch-ups wanted', 1, () => new Set<string>());
/** Triggers of which this process has turned a text away and not told of it yet. */
const refusing = processWide('texts refused', 1, () => new Set<string>());

/** Milliseconds: by then Twilio has given up what it may still try itself. */
const WEBHOOK_HAS_MS = 45_000;
const TELL_AGAIN_MS = 10_000;
/** Two hours. */
const MOST_TRIES = 720;

type OpenStore = () => Promise<Pick<OpenThreadStore, 'claims'>>;

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

/**
 * A text could not be taken in: Twilio may never send it again, so it is looked for once the store is
 * back, though nobody texts. Where another process looks, the store tells it as soon as it can.
 */
export function noteRefusal(trigger: string, clock: Clock, openStore: OpenStore): void {
	if (wantCatchUp(trigger) || refusing.has(trigger)) return;
	refusing.add(trigger);
	const telling = (tries: number) => {
		clock.after(TELL_AGAIN_MS, () => {
			void tellOfRefusal(trigger, clock, openStore).then((told) => {
				// Later on the regular look finds it.
				if (told || tries >= MOST_TRIES) refusing.delete(trigger);
				else telling(tries + 1);
			});
		});
	};
	telling(1);
}

/** Whether the store took it. */
async function tellOfRefusal(
	trigger: string,
	clock: Clock,
	openStore: OpenStore,
): Promise<boolean> {
	const key = claimKeys.refused(trigger);
	try {
		const { claims } = await openStore();
		const taken = await claims.claim(key, 1_000);
		if (taken.status === 'claimed') {
			await claims.note(key, taken.token, { at: isoTime(clock) }, 0);
		}
		return true;
	} catch {
		return false;
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
