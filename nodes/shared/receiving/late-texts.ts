import { changeConsent } from '../contacts/change-consent';
import { identityOfContact, readStanding, type Standing } from '../contacts/standing';
import { consentWordOf } from '../messaging/consent-keywords';
import type { Message } from '../messaging/message';
import { hasPassed } from '../threads/has-passed';
import { takeoverAt } from '../threads/takeover';
import type { Thread, ThreadServices } from '../threads/thread-store';
import { withTextsEnded } from '../threads/turns/end-texts';
import { textsWithOpenRun, textsWithoutRun } from '../threads/turns/unanswered';
import type { Lateness, SentText } from './catch-up-ports';

/** @param at when the newest text of the turn came; milliseconds since 1970, as `now`. */
export function latenessOf(at: number, now: number, upToMs: number): Lateness {
	const age = Math.max(0, now - at);
	return { late: true, lateMinutes: Math.floor(age / 60_000), tooLate: age > upToMs };
}

/** Twilio answers STOP, START and HELP by itself, at once. */
const TWILIO_ANSWERS_WITHIN_MS = 60_000;

/** Whether a text that came at `at` needs no answer of ours: somebody has given one, or we may not. */
export function isSettled(
	{ messages, state, contact }: Standing,
	sent: readonly SentText[],
	at: number,
	now: number,
): boolean {
	if (takeoverAt(state, now) || contact.consent.status === 'optedOut') return true;
	const words = messages
		.filter(({ direction, consent }) => direction === 'inbound' && consent !== undefined)
		.map((message) => Date.parse(message.at));
	const isTwilios = (text: SentText) =>
		text.isAnswer && words.some((word) => Math.abs(text.at - word) <= TWILIO_ANSWERS_WITHIN_MS);
	const ofEarlier = repliesToEarlier(messages, at);
	return sent.some(
		(text) => text.at >= at && !isTwilios(text) && !ofEarlier.has(text.messageSid),
	);
}

/** A webhook that Twilio has to try again tells of a text that much later than it came. */
const WEBHOOK_TAKES_MS = 15_000;

/** SIDs of our replies to texts that came before this one, which was not known when they were written. */
function repliesToEarlier(messages: readonly Message[], at: number): Set<string> {
	const later = new Set(
		messages.flatMap((message) =>
			Date.parse(message.at) > at + WEBHOOK_TAKES_MS ? message.messageSid : [],
		),
	);
	return new Set(
		messages.flatMap(({ messageSid, answers }) =>
			answers?.every((sid) => !later.has(sid)) ? messageSid : [],
		),
	);
}

/** A run that started longer ago has died or will not say how it ended. */
const RUN_ENDS_WITHIN_MS = 60 * 60_000;

/**
 * Writes down that nothing more comes of the texts up to this one, which is appended next: a crash
 * between the two leaves nothing to answer. False, and nothing is written, while another turn of the
 * contact is open, which this word would end too.
 */
export async function settleAt(
	{ store, clock }: ThreadServices,
	thread: Thread,
	messageSid: string,
): Promise<boolean> {
	const { startedAt = '', retry } = thread.state;
	const runs =
		retry !== undefined ||
		!hasPassed(Date.parse(startedAt) || 0, RUN_ENDS_WITHIN_MS, clock.now());
	if (textsWithoutRun(thread).length > 0) return false;
	if (textsWithOpenRun(thread).length > 0 && runs) return false;
	await store.threads.changeState(
		thread.threadId,
		(state) => withTextsEnded(state, messageSid),
		thread.state,
	);
	return true;
}

/**
 * A STOP that is found late may have been taken back since, by a START that nobody took for one: as
 * far as was known then, the contact had not opted out.
 */
export async function heedLaterStart(
	services: ThreadServices,
	{ threadId, messages }: Thread,
	stoppedAt: string,
): Promise<void> {
	const start = messages.findLast(
		({ direction, body, at }) =>
			direction === 'inbound' &&
			at > stoppedAt &&
			consentWordOf(body, undefined, true) === 'start',
	);
	if (start === undefined) return;
	const { consent } = (await readStanding(services, threadId, 1)).contact;
	if (consent.status !== 'optedOut' || consent.since !== stoppedAt) return;
	await changeConsent(services, await identityOfContact(services, threadId), {
		status: 'optedIn',
		since: start.at,
		by: start.body.trim(),
		how: 'keyword',
		messageSid: start.messageSid,
	});
}
