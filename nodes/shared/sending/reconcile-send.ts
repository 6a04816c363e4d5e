import { foldLookalikes } from '../messaging/segments';
import { beginningOf } from '../messaging/text-bounds';
import { claimKeys } from '../threads/claim-keys';
import type { HeldClaim } from '../threads/held-claim';
import { hasPassed, isOfFuture } from '../threads/has-passed';
import {
	ADOPTION_HOLD_MS,
	CERTAIN_AFTER_MS,
	CLOCK_SKEW_MS,
	LIST_HOLD_MS,
	LIST_WAITS_MS,
} from '../threads/timing';
import { newestMessagesTo, type TwilioMessage, withoutTrialPrefix } from '../twilio/api/messages';
import type { SendServices } from './outbound-draft';
import { OutcomeUnknownError } from './send-errors';
import type { OpenSend } from './send-record';

const LISTED = 50;
const THREAD_MESSAGES = 200;

/** A send that we hold, and of which Twilio's answer is missing. */
export interface LostSend {
	threadId: string;
	claim: HeldClaim;
	open: OpenSend;
}

/** Looks for a text of which the answer was lost just now. Undefined: nobody can tell yet. */
export async function findLostSend(
	services: SendServices,
	lost: LostSend,
): Promise<TwilioMessage | undefined> {
	await lost.claim.note(lost.open, LIST_HOLD_MS);
	for (const wait of LIST_WAITS_MS) {
		await services.clock.sleep(wait, services.signal);
		const look = await lookForSend(services, lost);
		if (look.kind === 'found') return look.message;
	}
	return undefined;
}

/**
 * What became of a send that an earlier holder left open: the message, or undefined when it is
 * certain that there is none. Rejects with OutcomeUnknownError when it is not certain yet.
 */
export async function outcomeOfOpenSend(
	services: SendServices,
	lost: LostSend,
): Promise<TwilioMessage | undefined> {
	const look = await lookForSend(services, lost);
	if (look.kind === 'found') return look.message;
	const { clock } = services;
	const certain = hasPassed(Date.parse(lost.open.since), CERTAIN_AFTER_MS, clock.now());
	if (look.kind === 'absent' && certain) return undefined;
	const message = certain ? undefined : await findLostSend(services, lost);
	if (message) return message;
	throw new OutcomeUnknownError(lost.open, look.kind === 'failed' ? { cause: look.error } : {});
}

type Look =
	| { kind: 'found'; message: TwilioMessage }
	| { kind: 'absent' }
	/** The list could not be read, or its message may be another's: nothing is known. */
	| { kind: 'failed'; error: unknown };

async function lookForSend(
	{ store, twilio, clock }: SendServices,
	{ threadId, open }: LostSend,
): Promise<Look> {
	const thread = await store.threads.read(threadId, THREAD_MESSAGES);
	const known = new Set(thread.messages.map(({ messageSid }) => messageSid));
	let listed: TwilioMessage[];
	try {
		listed = await listedWith(twilio, open);
	} catch (error) {
		return { kind: 'failed', error };
	}
	const candidates = listed.filter(
		(message) => !known.has(message.messageSid) && isThatSend(message, open, clock.now()),
	);
	for (const message of candidates.reverse()) {
		if (await adopt(store.claims, message)) return { kind: 'found', message };
	}
	return candidates.length === 0
		? { kind: 'absent' }
		: { kind: 'failed', error: new Error('Another send may have the same words') };
}

async function listedWith(
	twilio: SendServices['twilio'],
	{ to, from }: OpenSend,
): Promise<TwilioMessage[]> {
	const filter = { to, ...(from === undefined ? {} : { from }) };
	return await newestMessagesTo(twilio, filter, LISTED);
}

/**
 * The text of a send that somebody else left open, whoever sent it; undefined where Twilio does not
 * list it. Rejects as Twilio's client does.
 */
export async function listedSend(
	{ twilio, clock }: Pick<SendServices, 'twilio' | 'clock'>,
	open: OpenSend,
): Promise<TwilioMessage | undefined> {
	const listed = await listedWith(twilio, open);
	return listed.find((message) => isThatSend(message, open, clock.now()));
}

/**
 * Whether a listed message can be the one that was asked for. Where our clock has been set back since,
 * it may be of any time.
 */
export function isThatSend(message: TwilioMessage, open: OpenSend, now: number): boolean {
	const since = Date.parse(open.since);
	const earliest = isOfFuture(since, now) ? 0 : since - CLOCK_SKEW_MS;
	return (
		message.direction.startsWith('outbound') &&
		message.dateCreated !== undefined &&
		message.dateCreated.getTime() >= earliest &&
		(open.body !== '' || message.numMedia > 0) &&
		[open.body, open.words ?? open.body].some((words) => isSameText(message.body, words))
	);
}

/** Whether a text that Twilio lists has these words. */
export function isSameText(listed: string, words: string): boolean {
	return normalize(listed) === normalize(words);
}

/** A Service may have rewritten characters, a trial account puts its name in front. */
function normalize(body: string): string {
	return foldLookalikes(withoutTrialPrefix(beginningOf(body)).normalize('NFC'))
		.replace(/\s+/g, ' ')
		.trim();
}

/**
 * Of two sends of the same words that both lost their answer, only one may take the message.
 * The thread shows whose it is before the hold ends.
 */
async function adopt(
	claims: SendServices['store']['claims'],
	{ messageSid }: TwilioMessage,
): Promise<boolean> {
	const { status } = await claims.claim(claimKeys.listedMessage(messageSid), ADOPTION_HOLD_MS);
	return status === 'claimed';
}
