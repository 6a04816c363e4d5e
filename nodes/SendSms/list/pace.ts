import type { Clock } from '../../shared/messaging/clock';

export interface Pacer {
	/** Resolves when the sender may send its next text; rejects with the signal's reason. */
	turn(sender: string, signal?: AbortSignal): Promise<void>;
}

/**
 * Lets through so many texts a second of each sender, evenly spaced, in the order they asked. Where
 * none has gone for a while the next goes at once; what was not used is not made up for.
 *
 * @param perSecond may be a fraction: 0.5 is one in two seconds.
 */
export function pacer(clock: Clock, perSecond: number): Pacer {
	const gapMs = 1_000 / perSecond;
	const freeAt = new Map<string, number>();
	return {
		async turn(sender, signal) {
			signal?.throwIfAborted();
			const now = clock.elapsed();
			const at = Math.max(now, freeAt.get(sender) ?? now);
			freeAt.set(sender, at + gapMs);
			if (at > now) await clock.sleep(at - now, signal);
		},
	};
}
