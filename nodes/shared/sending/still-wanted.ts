import type { Message } from '../messaging/message';
import { canBeTexted } from '../messaging/phone-number';
import type { Thread } from '../threads/thread-store';
import { needsAnswer, textsAfter } from '../threads/turns/unanswered';
import { OPTED_OUT_CODE, whyNotConfirmed } from './opt-out-confirmation';
import type { OutboundDraft, SendPurpose, Unwanted } from './outbound-draft';

/**
 * Why the text must not go out, as the thread is now; undefined as long as it may.
 *
 * @param now milliseconds since 1970.
 */
export function whyUnwanted(
	thread: Thread,
	{ to, purpose }: Pick<OutboundDraft, 'to' | 'purpose'>,
	now: number,
): Unwanted | undefined {
	const { consent, mode } = thread.state;
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
	switch (purpose?.kind) {
		case undefined:
		case 'optOutConfirmation':
			return undefined;
		case 'reply': {
			if (mode === 'takeover') {
				return {
					why: 'takeover',
					message: 'A person has taken this conversation over.',
				};
			}
			if (!hasNewerText(thread, purpose.turn)) return undefined;
			return {
				why: 'newerText',
				message:
					'The contact has written again since; the reply to that text answers this one too.',
			};
		}
		case 'followUp':
			if (!hasAnswered(thread, purpose)) return undefined;
			return {
				why: 'answered',
				message: 'The contact has answered since; nothing was sent',
			};
		case 'answer': {
			const reply = sameReply(thread, purpose);
			if (!reply) return undefined;
			return {
				why: 'sentAlready',
				message: `Agent Reply has sent these words already, as the reply to the same text (${reply.messageSid}); they were not sent again`,
			};
		}
	}
}

function sameReply(
	{ messages }: Thread,
	{ turnSids, words }: Extract<SendPurpose, { kind: 'answer' }>,
): Message | undefined {
	return messages.find(
		({ answers, body }) =>
			answers?.some((sid) => turnSids.includes(sid)) && body.trim() === words.trim(),
	);
}

export function optOutOf(
	contact: string,
	{ since, by }: { since: string; by: string },
	cause?: unknown,
): Extract<Unwanted, { why: 'optedOut' }> {
	const how = by === String(OPTED_OUT_CODE) ? `Twilio error ${by}` : `by "${by}"`;
	const message = `${contact} has opted out of texts (${how}); nothing was sent`;
	return { why: 'optedOut', message, contact, since, by, ...(cause ? { cause } : {}) };
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
