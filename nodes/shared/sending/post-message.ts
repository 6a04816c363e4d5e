import { NoAnswerError } from '../http/http-client';
import { LONGEST_RETRY_AFTER_MS } from '../threads/timing';
import { createMessage, type NewMessage, type TwilioMessage } from '../twilio/api/messages';
import { TwilioApiError, type TwilioClient } from '../twilio/api/twilio-client';
import type { SendServices, Unwanted } from './outbound-draft';
import { backoff, rateGate, type Passage } from './rate-gate';

export type Posted =
	| { kind: 'accepted'; message: TwilioMessage }
	/** `beforeTry` said so; Twilio was not asked, or certainly did not take it. */
	| { kind: 'unwanted'; unwanted: Unwanted }
	/** Twilio may or may not have it. */
	| { kind: 'unknown'; error: unknown };

export type Tried = Posted | { kind: 'notSent'; error: TwilioApiError | NoAnswerError };

/** The first one included. */
const TRIES = 6;

/**
 * Asks Twilio to send, and again only where it certainly did not take the text: refused for the
 * number of requests (429, code 20429) or never reached. Where Twilio turns texts of the account away,
 * waits with the others of this process at its gate. Rejects when it was certainly not sent.
 *
 * @param beforeTry runs before each try, after all waiting, and may call it off; when it rejects, so
 * does this.
 * @param alone runs that and the try which follows it.
 */
export async function postMessage(
	{ twilio, clock, signal, random = Math.random }: SendServices,
	message: NewMessage,
	beforeTry: () => Promise<Unwanted | undefined>,
	alone: (work: () => Promise<Tried>) => Promise<Tried> = async (work) => await work(),
): Promise<Posted> {
	const gate = rateGate(twilio.account.accountSid, { clock, signal, random });
	for (let tries = 1; ; tries++) {
		const passage = await gate.pass();
		let tried: Tried;
		try {
			tried = await alone(async () => {
				const unwanted = await beforeTry();
				if (unwanted) return { kind: 'unwanted', unwanted };
				return await tryOnce(twilio, message, passage);
			});
		} finally {
			passage.end();
		}
		if (tried.kind !== 'notSent') return tried;
		const { error } = tried;
		if (tries >= TRIES || !mayPassSoon(error)) throw error;
		// Who was turned away waits at the gate.
		if (error instanceof NoAnswerError) await clock.sleep(backoff(tries, random), signal);
	}
}

async function tryOnce(
	twilio: TwilioClient,
	message: NewMessage,
	passage: Passage,
): Promise<Tried> {
	try {
		const accepted = await createMessage(twilio, message);
		passage.through();
		return { kind: 'accepted', message: accepted };
	} catch (error) {
		if (!certainlyNotSent(error)) return { kind: 'unknown', error };
		if (error instanceof TwilioApiError) {
			if (error.rateLimited) passage.refused(error);
			else passage.through();
		}
		return { kind: 'notSent', error };
	}
}

function certainlyNotSent(error: unknown): error is TwilioApiError | NoAnswerError {
	if (error instanceof TwilioApiError) return !error.outcomeUnknown;
	return error instanceof NoAnswerError && error.neverSent;
}

function mayPassSoon(error: TwilioApiError | NoAnswerError): boolean {
	if (error instanceof NoAnswerError) return true;
	return error.rateLimited && (error.retryAfterMs ?? 0) <= LONGEST_RETRY_AFTER_MS;
}
