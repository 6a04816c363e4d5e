import type { Message } from '../messaging/message';
import { canBeTexted } from '../messaging/phone-number';
import type { Standing } from '../contacts/standing';
import { takeoverAt, type TakesOver } from '../threads/takeover';
import type { Takeover, Thread } from '../threads/thread-store';
import { fallenSilent, idleTimeOf } from '../threads/turns/fallen-silent';
import { repliesBetween } from '../threads/turns/reply-times';
import { CLOCK_SKEW_MS, REPLIES_COUNT_FOR_MS } from '../threads/timing';
import { needsAnswer, textsAfter } from '../threads/turns/unanswered';
import { ownWordsIn, type ConsentChange, type ConsentSource } from '../contacts/contact';
import { whyNotConfirmed } from './opt-outs/opt-out-confirmation';
import type { OutboundDraft, SendPurpose, Unwanted } from './outbound-draft';

export type WantedDraft = Pick<OutboundDraft, 'to' | 'author' | 'purpose' | 'answersTo'>;

/**
 * Why the text must not go out, as the thread is now; undefined as long as it may.
 *
 * @param now milliseconds since 1970.
 */
export function whyUnwanted(
	standing: Standing,
	{ to, author, purpose, answersTo }: WantedDraft,
	now: number,
): Unwanted | undefined {
	const { consent } = standing.contact;
	if (purpose?.kind === 'optOutConfirmation') {
		const unconfirmed = whyNotConfirmed(consent, to, now);
		if (unconfirmed) return unconfirmed;
	} else if (consent.status === 'optedOut') {
		return optOutOf(to, consent);
	}
	if (!canBeTexted(to)) {
		return {
			why: 'cannotText',
			message: `"${to}" is a name or a short code, which nobody can text back; nothing was sent`,
		};
	}
	const silenced = author === 'agent' ? whySilenced(standing, now, answersTo) : undefined;
	if (silenced && purpose?.kind !== 'optOutConfirmation') return silenced;
	switch (purpose?.kind) {
		case undefined:
		case 'handOver':
		case 'optOutConfirmation':
			return undefined;
		case 'reply': {
			if (!hasNewerText(standing, purpose.turn)) return undefined;
			return {
				why: 'newerText',
				message:
					'The contact has written again since; the reply to that text answers this one too.',
			};
		}
		case 'followUp':
			if (!hasAnswered(standing, purpose)) return undefined;
			return {
				why: 'answered',
				message: 'The contact has answered since; nothing was sent',
			};
		case 'idle': {
			const message = whyNotIdle(standing, purpose, now);
			return message === undefined ? undefined : { why: 'notIdle', message };
		}
		case 'answer': {
			const reply = sameReply(standing, purpose);
			if (!reply) return undefined;
			return {
				why: 'sentAlready',
				message: `Agent Reply has sent these words already, as the reply to the same text (${reply.messageSid}); they were not sent again`,
			};
		}
	}
}

/** Why no agent may write here: a person has the conversation, or all agents of the brand are paused. */
function whySilenced(
	{ state, pause }: Standing,
	now: number,
	answersTo: TakesOver | undefined,
): Unwanted | undefined {
	const takeover = takeoverAt(state, now);
	// What left the answers to a person goes on: nobody has said anything for them.
	const isOwn = takeover?.by === answersTo?.by && takeover?.why === answersTo?.why;
	if (takeover && !isOwn) return { why: 'takeover', message: sayTakeover(takeover) };
	if (pause === undefined) return undefined;
	const message = `All agents were paused by ${pause.by} at ${pause.since}, until somebody resumes them.`;
	return { why: 'takeover', message };
}

function sayTakeover({ by, why, since, until }: Takeover): string {
	const end = until === null ? 'until somebody releases it' : `until ${until}`;
	const because = why === '' ? '' : `: ${why.replace(/\.$/, '')}`;
	return `A person has this conversation since ${since}, ${end} (${by}${because}).`;
}

function whyNotIdle(
	thread: Thread,
	{ through, afterMs, maxPerHour }: Extract<SendPurpose, { kind: 'idle' }>,
	now: number,
): string | undefined {
	const silent = fallenSilent(thread, now);
	if (silent?.text.messageSid !== through) {
		return "The agent's reply is no longer the last word of this conversation; nothing was sent";
	}
	switch (idleTimeOf(silent, afterMs, now)) {
		case 'early':
			return 'The contact has not been silent for long enough; nothing was sent';
		case 'tooLate':
			return 'The contact has been silent for too long, as n8n was down; nothing was sent';
		case 'due':
			if (isBelow(thread, maxPerHour, now)) return undefined;
			return `The contact got ${maxPerHour} texts of the agent within an hour; nothing was sent`;
	}
}

function isBelow(thread: Thread, maxPerHour: number, now: number): boolean {
	const from = now - REPLIES_COUNT_FOR_MS;
	return repliesBetween(thread, from, now + CLOCK_SKEW_MS) < maxPerHour;
}

function sameReply(
	{ messages, contact }: Standing,
	{ turnSids, words }: Extract<SendPurpose, { kind: 'answer' }>,
): Message | undefined {
	return messages.find(
		(message) =>
			message.answers?.some((sid) => turnSids.includes(sid)) &&
			[message.body, ownWordsIn(message, contact)].some(
				(said) => said.trim() === words.trim(),
			),
	);
}

export function optOutOf(
	contact: string,
	{ since, by, how }: ConsentChange,
	cause?: unknown,
): Extract<Unwanted, { why: 'optedOut' }> {
	const message = `${contact} has opted out of texts (${howOf(by, how)}); nothing was sent`;
	return { why: 'optedOut', message, contact, since, by, ...(cause ? { cause } : {}) };
}

function howOf(by: string, how: ConsentSource): string {
	if (how === 'twilio') return `Twilio error ${by}`;
	return by === '' ? 'their record was erased since' : `by "${by}"`;
}

function hasNewerText(thread: Thread, turn: readonly Message[]): boolean {
	const sids = turn.map(({ messageSid }) => messageSid);
	return isLongPast(thread, turn.at(-1)) || textsAfter(thread.messages, sids).length > 0;
}

/** Whether the turn, which was there, is no longer among the newest messages: so much was said since. */
function isLongPast(
	{ messages, keptMessages, droppedMessages }: Thread,
	newest: Message | undefined,
): boolean {
	const isWhole = droppedMessages === 0 && keptMessages === messages.length;
	if (isWhole || messages.length === 0 || newest === undefined) return false;
	return messages.every(({ messageSid }) => messageSid !== newest.messageSid);
}

function hasAnswered(
	{ messages }: Thread,
	{ earlierSid, turnSids = [] }: Extract<SendPurpose, { kind: 'followUp' }>,
): boolean {
	let earlier = messages.findLastIndex(({ messageSid, direction, answers }) =>
		earlierSid === undefined
			? (direction === 'outbound' && answers === undefined) || turnSids.includes(messageSid)
			: messageSid === earlierSid,
	);
	if (earlier < 0 && earlierSid === undefined) {
		earlier = messages.findLastIndex(({ direction }) => direction === 'outbound');
	}
	return messages.slice(earlier + 1).some(needsAnswer);
}
