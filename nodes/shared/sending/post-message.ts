import { NoAnswerError } from '../http/http-client';
import { createMessage, type NewMessage, type TwilioMessage } from '../twilio/api/messages';
import { TwilioApiError } from '../twilio/api/twilio-client';
import type { SendDeps } from './outbound-draft';

export type Posted =
	| { kind: 'accepted'; message: TwilioMessage }
	/** Twilio may or may not have it. */
	| { kind: 'unknown'; error: unknown };

const TRIES = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** Asked to wait longer than this, an execution gives up instead of blocking. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/**
 * Asks Twilio to send, and again only where it certainly did not take the text: refused for the
 * number of requests (429, code 20429) or never reached. Rejects when it was certainly not sent.
 *
 * @param beforeTry runs before each try; when it rejects, so does this.
 */
export async function postMessage(
	deps: SendDeps,
	message: NewMessage,
	beforeTry: () => Promise<void>,
): Promise<Posted> {
	for (let tries = 1; ; tries++) {
		await beforeTry();
		try {
			return { kind: 'accepted', message: await createMessage(deps.twilio, message) };
		} catch (error) {
			if (!certainlyNotSent(error)) return { kind: 'unknown', error };
			const wait = waitBeforeNextTry(error, tries, deps.random ?? Math.random);
			if (wait === undefined) throw error;
			await deps.clock.sleep(wait, deps.signal);
		}
	}
}

function certainlyNotSent(error: unknown): error is TwilioApiError | NoAnswerError {
	if (error instanceof TwilioApiError) return !error.outcomeUnknown;
	return error instanceof NoAnswerError && error.neverSent;
}

/** Full jitter, so that executions which were turned away together do not come back together. */
function waitBeforeNextTry(
	error: TwilioApiError | NoAnswerError,
	tries: number,
	random: () => number,
): number | undefined {
	if (error instanceof TwilioApiError && !error.rateLimited) return undefined;
	if (tries >= TRIES) return undefined;
	const asked = error instanceof TwilioApiError ? (error.retryAfterMs ?? 0) : 0;
	if (asked > LONGEST_RETRY_AFTER_MS) return undefined;
	const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
	return Math.max(asked, Math.round(random() * backoff));
}
