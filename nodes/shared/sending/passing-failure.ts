import { NoAnswerError } from '../http/http-client';
import { CERTAIN_AFTER_MS, FIRST_RETRY_MS, LONGEST_RETRY_MS } from '../threads/timing';
import { TwilioApiError } from '../twilio/api/twilio-client';
import { OutcomeUnknownError } from './send-errors';

/** A text that did not go out, as far as is known, for a reason that may pass by itself. */
export interface PassingFailure {
	/** Twilio certainly did not take it; or nobody can tell yet. */
	why: 'notSent' | 'uncertain';
	/** Milliseconds since 1970: trying again before is of no use. */
	notBefore: number;
}

/**
 * What to make of an error that sending rejected with; undefined where trying the same again would
 * come to the same.
 */
export function passingFailure(error: unknown, now: number): PassingFailure | undefined {
	if (error instanceof OutcomeUnknownError) {
		const since = Math.min(Date.parse(error.since), now);
		return { why: 'uncertain', notBefore: since + CERTAIN_AFTER_MS };
	}
	if (!isPassingRefusal(error)) return undefined;
	const asked = error instanceof TwilioApiError ? error.retryAfterMs : undefined;
	return { why: 'notSent', notBefore: now + (asked ?? 0) };
}

/** Twilio was not reached, or turned the text away because there were too many. */
export function isPassingRefusal(error: unknown): error is TwilioApiError | NoAnswerError {
	if (error instanceof NoAnswerError) return true;
	return error instanceof TwilioApiError && (error.status === 429 || error.outcomeUnknown);
}

/**
 * When to try again, in milliseconds since 1970.
 *
 * @param failures so far, this one included.
 */
export function nextTryAt({ notBefore }: PassingFailure, failures: number, now: number): number {
	const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
	return Math.max(now + wait, notBefore);
}
