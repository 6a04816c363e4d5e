import { consentWordOf, type ConsentWord } from '../messaging/consent-keywords';
import { isoTime } from '../messaging/clock';
import type { Message } from '../messaging/message';
import { reactionOf, type Reaction } from '../messaging/reaction';
import { changeConsent } from '../contacts/change-consent';
import type { ConsentChange } from '../contacts/contact';
import { ownWordsOf } from '../contacts/own-words/own-words';
import { identityOfContact, readStanding } from '../contacts/standing';
import { NEWEST_MESSAGES, type Thread, type ThreadServices } from '../threads/thread-store';
import type { InboundMessage } from '../twilio/inbound/inbound-webhook';

/** What a text that came in turned out to be, after it was written down. */
export type RecordedText = {
	message: Message;
	/** As it is with this text in it; its newest messages. */
	thread: Thread;
	/** What the contact wants from this text on, where that is new. */
	consent?: ConsentChange;
} & (
	| { kind: 'text' }
	| { kind: 'consent'; word: ConsentWord }
	| { kind: 'reaction'; reaction: Reaction }
	| { kind: 'duplicate' }
);

/** How the words of consent are read. */
export interface ConsentRules {
	/** Where Twilio answers no STOP and HELP, they wait for an answer of ours as any text does. */
	keywordsAnsweredBy: 'twilio' | 'us';
	/** Phrases of the builder's that opt out, beside the known ones. */
	optOutPhrases: readonly string[];
}

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
	rules: ConsentRules,
	cameAt?: string,
): Promise<RecordedText> {
	const word = await consentWordIn(services, threadId, inbound, cameAt);
	const isOurs = rules.keywordsAnsweredBy === 'us' && word !== 'start';
	const given = messageOf(inbound, isOurs ? undefined : word, cameAt ?? isoTime(services.clock));
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
	const fromNow = isNew && cameAt === undefined;
	const change = consentIn(message, rules);
	const isChanged = change && (await heed(services, threadId, change, fromNow));
	const recorded = { message, thread, ...(isChanged ? { consent: change } : {}) };
	const { consent, reaction } = message;
	if (!isNew) return { kind: 'duplicate', ...recorded };
	if (consent) return { kind: 'consent', word: consent, ...recorded };
	return reaction ? { kind: 'reaction', reaction, ...recorded } : { kind: 'text', ...recorded };
}

/** What a text says the contact wants: by a keyword, or in a sentence of their own. */
function consentIn(
	{ consent: marked, body, at: since, messageSid }: Message,
	{ keywordsAnsweredBy, optOutPhrases }: ConsentRules,
): ConsentChange | undefined {
	const unmarked =
		keywordsAnsweredBy === 'us' ? consentWordOf(body, undefined, false) : undefined;
	const word = marked ?? unmarked;
	if (word === 'help') return undefined;
	if (word !== undefined) {
		const status = word === 'stop' ? 'optedOut' : 'optedIn';
		const by = body.trim() || word.toUpperCase();
		return { status, since, by, how: 'keyword', messageSid };
	}
	const own = ownWordsOf(body, optOutPhrases);
	if (own?.kind !== 'optOut') return undefined;
	return { status: 'optedOut', since, by: own.words, how: 'ownWords', messageSid };
}

/**
 * Writes down what the contact wants, and resolves to whether that is new. A process that died
 * between writing the text and the consent gets another chance with the repeated delivery; an old word
 * that is delivered again, or found, after consent has changed does not.
 */
async function heed(
	services: ThreadServices,
	threadId: string,
	change: ConsentChange,
	isNewest: boolean,
): Promise<boolean> {
	const identity = await identityOfContact(services, threadId);
	return (await changeConsent(services, identity, change, { isNewest })).holds;
}

/** Opt-in words alone depend on the contact's consent, which is read for them before they are marked. */
async function consentWordIn(
	services: ThreadServices,
	threadId: string,
	{ body, optOutType }: InboundMessage,
	cameAt: string | undefined,
): Promise<ConsentWord | undefined> {
	const word = consentWordOf(body, optOutType, true);
	if (word !== 'start') return word;
	const { consent } = (await readStanding(services, threadId, 1)).contact;
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
