import { consentWordOf, type ConsentWord } from '../messaging/consent-keywords';
import { isoTime, type Clock } from '../messaging/clock';
import type { Message } from '../messaging/message';
import {
	NEWEST_MESSAGES,
	type Thread,
	type ThreadServices,
	type ThreadState,
} from '../threads/thread-store';
import type { InboundMessage } from '../twilio/inbound/inbound-webhook';

/** What a text that came in turned out to be, after it was written down. */
export type RecordedText = {
	message: Message;
	/** As it is with this text in it; its newest messages. */
	thread: Thread;
} & ({ kind: 'text' } | { kind: 'consent'; word: ConsentWord } | { kind: 'duplicate' });

/**
 * Writes the text down and, where it is STOP or START, what it says about consent. Writing down is
 * what tells a repeated delivery from a first one. Rejects with StoreUnavailableError; then nothing
 * was acknowledged and Twilio may deliver again.
 */
export async function recordInbound(
	services: ThreadServices,
	threadId: string,
	inbound: InboundMessage,
): Promise<RecordedText> {
	const message = messageOf(inbound, services.clock);
	const { newSids, thread } = await services.store.threads.append(
		threadId,
		[message],
		NEWEST_MESSAGES,
	);
	const isNew = newSids.length > 0;
	// A process that died between writing the text and the consent gets another chance with the
	// repeated delivery; an old STOP that is delivered again after a START does not.
	const isNewest = thread.messages.at(-1)?.messageSid === message.messageSid;
	const optedOut = thread.state.consent.status === 'optedOut';
	const word = consentWordOf(inbound.body, inbound.optOutType, optedOut);

	const state =
		isNewest && word ? await changeConsent(services, thread, word, inbound) : thread.state;
	const recorded = {
		message,
		thread: { ...thread, state },
	};
	if (!isNew) return { kind: 'duplicate', ...recorded };
	return word ? { kind: 'consent', word, ...recorded } : { kind: 'text', ...recorded };
}

function messageOf(inbound: InboundMessage, clock: Clock): Message {
	// Without the thread's state: START counts only for a contact who is opted out, and is a text otherwise.
	const consent = consentWordOf(inbound.body, inbound.optOutType, false);
	return {
		messageSid: inbound.messageSid,
		direction: 'inbound',
		author: 'contact',
		body: inbound.body,
		media: inbound.media,
		sender: inbound.to,
		...(inbound.messagingServiceSid
			? { messagingServiceSid: inbound.messagingServiceSid }
			: {}),
		numSegments: inbound.numSegments,
		at: isoTime(clock),
		...(consent === undefined ? {} : { consent }),
	};
}

async function changeConsent(
	{ store, clock }: ThreadServices,
	{ threadId, state }: Thread,
	word: ConsentWord,
	inbound: InboundMessage,
): Promise<ThreadState> {
	const status = ({ stop: 'optedOut', start: 'optedIn', help: undefined } as const)[word];
	if (status === undefined || state.consent.status === status) return state;
	const since = isoTime(clock);
	const by = inbound.body.trim() || inbound.optOutType || word;
	return await store.threads.changeState(
		threadId,
		(current) =>
			current.consent.status === status
				? current
				: { ...current, consent: { status, since, by } },
		state,
	);
}
