import { standingOf } from '../contacts/standing';
import { inWords } from '../messaging/duration';
import { NEWEST_MESSAGES, type ThreadServices } from '../threads/thread-store';
import { threadWithTexts } from '../threads/turns/own-texts';
import { NOT_COMPOSED, type ReplyOutcome } from './reply-outcome';
import type { ReplyTurn } from './reply-turn';
import { silenceFor } from './silence';

const MINUTE_MS = 60_000;

/**
 * For a text that is too old to be answered: a person is to know of it, and the contact hears
 * nothing. Rejects with StoreUnavailableError.
 */
export async function leaveToPerson(
	services: ThreadServices,
	turn: ReplyTurn,
	lateMinutes: number,
): Promise<ReplyOutcome> {
	const { store, clock } = services;
	const { threadId, messages } = turn;
	const reading = threadWithTexts(store.threads, threadId, messages, NEWEST_MESSAGES);
	const standing = await standingOf(services, threadId, reading);
	const silence = silenceFor(standing, turn, clock.now());
	if (silence) return silence;
	const age = inWords(lateMinutes * MINUTE_MS);
	return {
		kind: 'needsHuman',
		code: 'tooLate',
		reason: `The text came while nobody listened, and was ${age} old when it was found: too old to be answered as if nothing had happened. Nothing was sent.`,
		handover: null,
		composing: NOT_COMPOSED,
	};
}
