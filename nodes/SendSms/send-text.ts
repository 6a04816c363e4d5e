import { CannotTextError, NotConfirmedError, OptedOutError } from '../shared/sending/send-errors';
import { fitText } from '../shared/sending/fit-text';
import type {
	OutboundDraft,
	SendIdentity,
	SendOutcome,
	SendPurpose,
	SendServices,
	SentMessage,
	Unwanted,
} from '../shared/sending/outbound-draft';
import { openSendOf, type OpenSend } from '../shared/sending/send-record';
import { smsSender } from '../shared/sending/send-to-thread';
import { ownWordsIn } from '../shared/contacts/contact';
import { readStanding } from '../shared/contacts/standing';
import { whyUnwanted } from '../shared/sending/still-wanted';
import { NEWEST_MESSAGES } from '../shared/threads/thread-store';
import type { Message } from '../shared/messaging/message';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { assertSchedulable } from '../shared/twilio/api/messages';
import type { Addressing } from './addressing';
import { SEND_AT } from './options';
import type { UsableOptions } from './plan-text';
import { MESSAGE } from './tool/tool-fields';

/** A text on its way out: whose it is, its words and what it is for. */
export interface TextToSend {
	author: OutboundDraft['author'];
	/** The words; or how to find them when they are needed, or why they must not be written. */
	words: string | (() => Promise<{ body: string } | Unwanted>);
	/** Counts it, right before it goes out; rejects where there were too many. */
	count: () => Promise<void>;
	purpose?: SendPurpose | undefined;
	/** SIDs of the texts that the run is about. */
	answered?: readonly string[] | undefined;
	/** An earlier try may have sent it, and nothing of ours says so. */
	isDoubtful?: boolean;
	/** To the builder's own phone, who tries it. */
	isTrial?: boolean;
}

/** Sends the text of this key once, however often it is called. Rejects as `sendOnce`, and with InvalidInputError. */
export async function sendText(
	services: SendServices,
	key: string,
	addressing: Addressing,
	options: UsableOptions,
	{ author, words, count, purpose, answered, isDoubtful = false, isTrial = false }: TextToSend,
): Promise<SendOutcome> {
	const { threadId, to } = addressing;
	const { mediaUrls, statusCallback, validityPeriod, sendAt, text, speaks } = options;
	const sender = sendingFrom(addressing, options, services);
	const identity: SendIdentity = {
		...{ threadId, author, ...speaks },
		...(purpose?.kind === 'reply' ? { answers: sidsOf(purpose.turn) } : {}),
	};
	const draftOf = (body: string): OutboundDraft => ({
		...identity,
		to,
		...sender,
		body: fitText(body, text, author, MESSAGE),
		mediaUrls,
		...(statusCallback === undefined ? {} : { statusCallback }),
		...(validityPeriod === undefined ? {} : { validityPeriod }),
		...(sendAt === undefined ? {} : { sendAt }),
		asAgent: speaks.person === undefined && !isTrial,
		purpose: purpose ?? answering(answered, body, mediaUrls),
	});
	if (typeof words === 'string') {
		const ready = draftOf(words);
		const sent = isDoubtful && (await sentLately(services, identity, ready.body));
		if (sent) return { kind: 'sent', sent };
		const doubt = isDoubtful ? doubtOf(services, ready) : undefined;
		return await smsSender(services).sendOnce({ ...identity, key, ready, doubt }, async () => {
			await count();
			return ready;
		});
	}
	const sent = isDoubtful && (await sentLately(services, identity));
	if (sent) return { kind: 'sent', sent };
	return await smsSender(services).sendOnce({ ...identity, key }, async () => {
		if (purpose) {
			// No model writes for nothing.
			const standing = await readStanding(services, threadId, NEWEST_MESSAGES);
			const unwanted = whyUnwanted(
				standing,
				{ to, author, purpose, answersTo: speaks.answersTo },
				services.clock.now(),
			);
			if (unwanted) return unwanted;
		}
		const written = await words();
		if ('why' in written) return written;
		await count();
		return draftOf(written.body);
	});
}

function sidsOf(turn: readonly Message[]): string[] {
	return turn.map(({ messageSid }) => messageSid);
}

/** Whoever repeats an execution does so within that time, in milliseconds. */
const DOUBTFUL_MS = 86_400_000;

/**
 * A text that the thread shows as sent within a day, of these words or, where a model writes, of any
 * that no text of the contact's was answered with.
 */
async function sentLately(
	services: SendServices,
	identity: SendIdentity,
	body?: string,
): Promise<SentMessage | undefined> {
	const { store, clock } = services;
	const { messages, contact } = await readStanding(
		{ store, clock },
		identity.threadId,
		NEWEST_MESSAGES,
	);
	const found = messages.find(
		({ direction, answers, at, ...message }) =>
			direction === 'outbound' &&
			answers === undefined &&
			Date.parse(at) > clock.now() - DOUBTFUL_MS &&
			(body === undefined || [message.body, ownWordsIn(message, contact)].includes(body)),
	);
	return found && (await smsSender(services).recall(identity, found.messageSid));
}

/** As if a try of that time had died while it asked Twilio: its list of messages is looked through. */
function doubtOf({ clock }: SendServices, draft: OutboundDraft): OpenSend {
	const since = new Date(clock.now() - DOUBTFUL_MS).toISOString();
	return { ...openSendOf(clock, draft), since };
}

/** Scheduling needs a Messaging Service, also where a number is pinned. */
function sendingFrom(
	{ from, messagingServiceSid }: Addressing,
	{ sendAt }: UsableOptions,
	{ twilio, clock }: SendServices,
): Pick<OutboundDraft, 'from' | 'messagingServiceSid'> {
	const service = messagingServiceSid ?? (sendAt && twilio.account.messagingServiceSid);
	if (sendAt) assertSchedulable(sendAt, clock.now(), service, SEND_AT);
	return {
		...(from === undefined ? {} : { from }),
		...(service === undefined ? {} : { messagingServiceSid: service }),
	};
}

/** With files it is another message, though the words be the same. */
function answering(
	turnSids: readonly string[] | undefined,
	words: string,
	mediaUrls: readonly string[],
): SendPurpose | undefined {
	if (turnSids === undefined || mediaUrls.length > 0) return undefined;
	return { kind: 'answer', turnSids, words };
}

/** Who asked for this very text is told with an error that it may not go out. */
export function sentOrThrow(outcome: SendOutcome): SentMessage {
	if (outcome.kind === 'sent') return outcome.sent;
	const { why } = outcome;
	if (why.why === 'sentAlready') throw sentAlready(why.message);
	if (why.why === 'optedOut') throw new OptedOutError(why);
	if (why.why === 'noConfirmation') throw new NotConfirmedError(why);
	throw why.why === 'cannotText' ? new CannotTextError(why.message) : new Error(why.message);
}

function sentAlready(cause: string): InvalidInputError {
	return new InvalidInputError({
		field: MESSAGE,
		cause,
		fix: 'Agent Reply sends by itself: remove this Send SMS. Or, to have a step in between, set When the Reply Is Written there to Only Give It to the Next Node. To say something more, write it under Message.',
	});
}
