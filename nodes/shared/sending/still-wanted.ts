import type { Message } from '../messaging/message';
import { canBeTexted } from '../messaging/phone-number';
import type { Thread } from '../threads/thread-store';
import { textsAfter } from '../threads/turns/unanswered';
import type { OutboundDraft, Unwanted } from './outbound-draft';

/** Why the text must not go out, as the thread is now; undefined as long as it may. */
export function whyUnwanted(
	thread: Thread,
	{ to, purpose }: Pick<OutboundDraft, 'to' | 'purpose'>,
): Unwanted | undefined {
	const { consent, mode } = thread.state;
	if (consent.status === 'optedOut') return optOutOf(to, consent);
	if (!canBeTexted(to)) {
		return {
			why: 'cannotText',
			message: `"${to}" is a name or a short code, which nobody can text back; nothing was sent`,
		};
	}
	switch (purpose?.kind) {
		case undefined:
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
			if (!hasAnswered(thread, purpose.earlierSid)) return undefined;
			return {
				why: 'answered',
				message: 'The contact has answered since; nothing was sent',
			};
	}
}

export function optOutOf(
	contact: string,
	{ since, by }: { since: string; by: string },
	cause?: unknown,
): Extract<Unwanted, { why: 'optedOut' }> {
	const how = by === '21610' ? 'Twilio error 21610' : `by "${by}"`;
	const message = `${contact} has opted out of texts (${how}); nothing was sent`;
	return { why: 'optedOut', message, contact, since, by, ...(cause ? { cause } : {}) };
}

function hasNewerText(thread: Thread, turn: readonly Message[]): boolean {
	const sids = turn.map(({ messageSid }) => messageSid);
	return isLongPast(thread, turn) || textsAfter(thread.messages, sids).length > 0;
}

/** Twilio's dates, which our own texts bear, have whole seconds. */
const DATE_STEP_MS = 1_000;

/** Whether the thread no longer holds the turn, because so much was said since. */
export function isLongPast(
	{ messages, keptMessages, droppedMessages }: Thread,
	turn: readonly Message[],
): boolean {
	const isWhole = droppedMessages === 0 && keptMessages === messages.length;
	const newest = turn.at(-1);
	if (isWhole || messages.length === 0 || newest === undefined) return false;
	const since = Date.parse(newest.at) - DATE_STEP_MS;
	return messages.every(({ messageSid, at }) => {
		return messageSid !== newest.messageSid && Date.parse(at) > since;
	});
}

function hasAnswered({ messages }: Thread, earlierSid: string | undefined): boolean {
	const earlier = messages.findLastIndex(({ messageSid, direction, answers }) =>
		earlierSid === undefined
			? direction === 'outbound' && answers === undefined
			: messageSid === earlierSid,
	);
	return messages.slice(earlier + 1).some(({ direction }) => direction === 'inbound');
}
