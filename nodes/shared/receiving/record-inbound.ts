import { consentWordOf, type ConsentWord } from '../messaging/consent-keywords';
import { isoTime } from '../messaging/clock';
import type { Message } from '../messaging/message';
import { reactionOf, type Reaction } from '../messaging/reaction';
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
} & (
	| { kind: 'text' }
	| { kind: 'consent'; word: ConsentWord }
	| { kind: 'reaction'; reaction: Reaction }
	| { kind: 'duplicate' }
);

/**
 * Writes the text down and, where it is STOP or START, what it says about consent. Writing down is
 * what tells a repeated delivery from a first one, of which nothing counts but the SID: whoever has
 * the signature of one request of Twilio's may have cut its fields anew. Rejects with
 * StoreUnavailableError; then nothing was acknowledged and Twilio may deliver again.
 *
 * @param cameAt of a text that is found at Twilio later: when it came there, ISO 8601, UTC. What it says
 *   about consent counts as of then.
 */
export async function recordInbound(
	services: ThreadServices,
	threadId: string,
	inbound: InboundMessage,
	cameAt?: string,
): Promise<RecordedText> {
	const word = await consentWordIn(services, threadId, inbound, cameAt);
	const given = messageOf(inbound, word, cameAt ?? isoTime(services.clock));
	const { newSids, thread } = await services.store.threads.append(
		threadId,
		[given],
		NEWEST_MESSAGES,
	);
	const isNew = newSids.length > 0;
	// What a repeated delivery means was found out when it came first: since then a "Yes" may have
	// become a START, or a START a "Yes".
	const message = isNew ? given : writtenIn(thread, given);
	// So much was said since that it is over in any case.
	if (message === undefined) return { kind: 'duplicate', message: given, thread };
	const { consent, reaction } = message;
	const fromNow = isNew && cameAt === undefined;
	const state = consent ? await changeConsent(services, thread, message, fromNow) : thread.state;
	const recorded = { message, thread: { ...thread, state } };
	if (!isNew) return { kind: 'duplicate', ...recorded };
	if (consent) return { kind: 'consent', word: consent, ...recorded };
	return reaction ? { kind: 'reaction', reaction, ...recorded } : { kind: 'text', ...recorded };
}

/** Opt-in words alone depend on the contact's consent, which is read for them before they are marked. */
async function consentWordIn(
	{ store }: ThreadServices,
	threadId: string,
	{ body, optOutType }: InboundMessage,
	cameAt: string | undefined,
): Promise<ConsentWord | undefined> {
	const word = consentWordOf(body, optOutType, true);
	if (word !== 'start') return word;
	const { consent } = (await store.threads.read(threadId, 1)).state;
	const optedOut =
		consent.status === 'optedOut' && (cameAt === undefined || consent.since <= cameAt);
	return consentWordOf(body, optOutType, optedOut);
}

function messageOf(inbound: InboundMessage, consent: ConsentWord | undefined, at: string): Message {
	const reaction = inbound.media.length > 0 ? undefined : reactionOf(inbound.body);
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
		at,
		...(consent === undefined ? {} : { consent }),
		...(reaction === undefined ? {} : { reaction }),
	};
}

/** A text as it came, from what was written down of it. */
export function storedText(
	{ accountSid, from }: Pick<InboundMessage, 'accountSid' | 'from'>,
	{ messageSid, sender, messagingServiceSid, body, media, numSegments }: Message,
): InboundMessage {
	return {
		...{ messageSid, accountSid, from, to: sender, body, media, numSegments },
		...(messagingServiceSid ? { messagingServiceSid } : {}),
	};
}

function writtenIn({ messages }: Thread, { messageSid }: Message): Message | undefined {
	return messages.find((message) => message.messageSid === messageSid);
}

/**
 * A process that died between writing the text and the consent gets another chance with the repeated
 * delivery; an old word that is delivered again, or found, after consent has changed does not.
 *
 * @param fromNow whether the word is the newest that we can know of.
 */
async function changeConsent(
	{ store }: ThreadServices,
	{ threadId, state }: Thread,
	{ consent: word, body, at: since }: Message,
	fromNow: boolean,
): Promise<ThreadState> {
	const status = ({ stop: 'optedOut', start: 'optedIn', help: undefined } as const)[
		word ?? 'help'
	];
	if (status === undefined) return state;
	const by = body.trim() || String(word).toUpperCase();
	const change = (current: ThreadState): ThreadState => {
		const { consent } = current;
		const isSettled = consent.status !== 'unknown' && !fromNow && consent.since >= since;
		if (consent.status === status || isSettled) return current;
		return { ...current, consent: { status, since, by } };
	};
	return change(state) === state
		? state
		: await store.threads.changeState(threadId, change, state);
}
