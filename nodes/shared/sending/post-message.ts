import { NoAnswerError } from '../http/http-client';
import { FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS, LONGEST_RETRY_AFTER_MS } from '../threads/timing';
import { createMessage, type NewMessage, type TwilioMessage } from '../twilio/api/messages';
import { TwilioApiError } from '../twilio/api/twilio-client';
import type { SendServices, Unwanted } from './outbound-draft';

export type Posted =
	| { kind: 'accepted'; message: TwilioMessage }
	/** `beforeTry` said so; Twilio was not asked, or certainly did not take it. */
	| { kind: 'unwanted'; unwanted: Unwanted }
	/** Twilio may or may not have it. */
	| { kind: 'unknown'; error: unknown };

/** The first one included. */
const TRIES = 6;

/**
 * Asks Twilio to send, and again only where it certainly did not take the text: refused for the
 * number of requests (429, code 20429) or never reached. Rejects when it was certainly not sent.
 *
 * @param beforeTry runs before each try and may call it off; when it rejects, so does this.
 */
export async function postMessage(
	{ twilio, clock, signal, random = Math.random }: SendServices,
	message: NewMessage,
	beforeTry: () => Promise<Unwanted | undefined>,
): Promise<Posted> {
	for (let tries = 1; ; tries++) {
		const unwanted = await beforeTry();
		if (unwanted) return { kind: 'unwanted', unwanted };
		try {
			return { kind: 'accepted', message: await createMessage(twilio, message) };
		} catch (error) {
			if (!certainlyNotSent(error)) return { kind: 'unknown', error };
			const wait = waitBeforeNextTry(error, tries, random);
			if (wait === undefined) throw error;
			await clock.sleep(wait, signal);
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
	const backoff = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1));
	return Math.max(asked, Math.round(random() * backoff));
}
