import { inWords } from '../messaging/duration';
import { reasonOf } from '../messaging/reason-of';
import { StoreUnavailableError } from '../threads/thread-store';
import type { SendServices } from './outbound-draft';
import { nextTryAt, passingFailure, type PassingFailure } from './passing-failure';
import { SendHeldError } from './send-errors';

/** A text was tried for as long as it may be; `last` is why the last try failed. */
export class TriedInVainError extends Error {
	override readonly name = 'TriedInVainError';

	constructor(
		readonly last: unknown,
		/** What to add to what the last failure says. */
		readonly howLong: string,
	) {
		super(`${reasonOf(last)} (${howLong})`, { cause: last });
	}
}

/**
 * Does `send`, which sends the same text once however often it is called, again while what kept it
 * back may pass: after 30 seconds, then twice as long each time up to 10 minutes, and for the last
 * time when `forMs` are over. With 0 it is done once. Rejects with TriedInVainError then, else as
 * `send`, and with the signal's reason as soon as the execution is stopped.
 */
export async function keepTrying<Result>(
	{ clock, signal }: Pick<SendServices, 'clock' | 'signal'>,
	forMs: number,
	send: () => Promise<Result>,
): Promise<Result> {
	const begun = clock.elapsed();
	for (let failures = 1; ; failures++) {
		try {
			return await send();
		} catch (error) {
			const now = clock.now();
			const failure = failureOf(error, failures, now);
			if (forMs === 0 || !failure) throw error;
			const tried = clock.elapsed() - begun;
			const left = forMs - tried;
			if (left <= 0) {
				const times = failures === 1 ? 'once' : `${failures} times`;
				throw new TriedInVainError(error, `tried ${times} in ${inWords(tried)}`);
			}
			await clock.sleep(Math.min(nextTryAt(failure, failures, now) - now, left), signal);
		}
	}
}

/**
 * Once Twilio has failed, an outage of the store does not end the trying, nor does another run that
 * is at the same text, or a claim of ours that could not be given back.
 */
function failureOf(error: unknown, failures: number, now: number): PassingFailure | undefined {
	const failure = passingFailure(error, now);
	if (failure || failures === 1) return failure;
	const ofOurs = error instanceof SendHeldError || error instanceof StoreUnavailableError;
	return ofOurs ? { why: 'notSent', notBefore: now } : undefined;
}
