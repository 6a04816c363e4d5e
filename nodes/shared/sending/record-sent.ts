import { isoTime } from '../messaging/clock';
import type { Message } from '../messaging/message';
import { countSegments, segmentWarnings } from '../messaging/segments';
import { parseThreadId } from '../messaging/thread-id';
import type { HeldClaim } from '../threads/held-claim';
import { NEWEST_MESSAGES } from '../threads/thread-store';
import { countReply } from '../threads/turns/reply-times';
import { explainTwilioCode } from '../twilio/api/explain-twilio-code';
import { fetchMessage, hasTrialPrefix, type TwilioMessage } from '../twilio/api/messages';
import type { SendIdentity, SendServices, SentMessage } from './outbound-draft';
import { SentButNotRecordedError } from './send-errors';
import type { SendRecord } from './send-record';

/** The text as we wrote it, which Twilio's own may differ from. */
/** Under which a text is sent: of its own, or the right to the whole thread. */
export interface SendingClaim {
	claim: HeldClaim;
	isLease: boolean;
}

interface Written {
	body: string;
	from?: string | undefined;
	mediaUrls?: readonly string[] | undefined;
}

/**
 * Writes down that the text is out, so that nobody sends it again. A claim of the text's own is settled
 * first, then the text joins its thread: a crash between leaves a gap in the thread, never a second
 * text. A lease on the thread goes on: the reply's entry there says what it answers, and where that
 * cannot be written, the lease is left to the next with the SID. Rejects with SentButNotRecordedError.
 */
export async function recordSent(
	services: SendServices,
	{ claim, isLease }: SendingClaim,
	identity: SendIdentity,
	message: TwilioMessage,
	written: Written,
): Promise<void> {
	const { messageSid } = message;
	const { answers } = identity;
	const record = {
		phase: 'sent',
		messageSid,
		...(answers === undefined ? {} : { answers: [...answers] }),
	} satisfies SendRecord;
	try {
		if (!isLease) await claim.settle(record);
	} catch (error) {
		throw new SentButNotRecordedError(messageSid, { cause: error });
	}
	try {
		await appendSent(services, identity, message, written);
	} catch (error) {
		await claim.leave(record);
		throw error;
	}
}

/** Adds the text to its thread where it is not there yet. Rejects with SentButNotRecordedError. */
async function appendSent(
	services: SendServices,
	{ threadId, author, answers, person }: SendIdentity,
	message: TwilioMessage,
	written: Written,
): Promise<void> {
	const entry: Message = {
		messageSid: message.messageSid,
		direction: 'outbound',
		author,
		body: written.body,
		// The files are Twilio's to fetch; what they are it alone finds out.
		media: (written.mediaUrls ?? []).map((url) => ({ url, contentType: '' })),
		sender: message.from ?? written.from ?? message.messagingServiceSid ?? '',
		numSegments: segmentsOf(message, written.body),
		at: sentAt(services, message),
		...(answers === undefined ? {} : { answers: [...answers] }),
		...(person === undefined ? {} : { person: person.by }),
	};
	const { threads } = services.store;
	try {
		const limit = answers === undefined ? 0 : NEWEST_MESSAGES;
		const { thread, newSids } = await threads.append(threadId, [entry], limit);
		if (answers === undefined || newSids.length === 0) return;
		// The reply stands in the thread: that it is not counted does not unsay it.
		await countReply(threads, thread).catch(() => {});
	} catch (error) {
		throw new SentButNotRecordedError(message.messageSid, { cause: error });
	}
}

/** What the sender of a text is told. */
export function describeSent(
	services: SendServices,
	draft: { threadId: string; body: string },
	message: TwilioMessage,
	how: Pick<SentMessage, 'repeated' | 'reconciled'>,
): SentMessage {
	return {
		messageSid: message.messageSid,
		threadId: draft.threadId,
		status: message.status,
		to: message.to,
		from: message.from,
		messagingServiceSid: message.messagingServiceSid,
		body: draft.body,
		numSegments: segmentsOf(message, draft.body),
		encoding: countSegments(draft.body).encoding,
		warnings: warningsOf(message, draft.body),
		sentAt: sentAt(services, message),
		...how,
	};
}

/** Twilio's count where it has one; with a Messaging Service it starts at 0. */
function segmentsOf(message: TwilioMessage, body: string): number {
	return message.numSegments || countSegments(body).numSegments;
}

function sentAt({ clock }: SendServices, { dateCreated }: TwilioMessage): string {
	return dateCreated?.toISOString() ?? isoTime(clock);
}

function warningsOf(message: TwilioMessage, body: string): string[] {
	const failed = message.status === 'failed' || message.status === 'undelivered';
	const why = explainTwilioCode(message.errorCode ?? undefined)?.cause;
	return [
		...segmentWarnings(body),
		...(hasTrialPrefix(message.body)
			? [
					'A Twilio trial account puts "Sent from your Twilio trial account - " in front of the text',
				]
			: []),
		...(failed ? [`Twilio reports the text as ${message.status}${why ? `: ${why}` : ''}`] : []),
	];
}

const RECALLED_MESSAGES = 200;

/** A text that an earlier attempt sent, as Twilio has it now; adds it to the thread where it is missing. */
export async function recallSent(
	services: SendServices,
	identity: SendIdentity,
	{ messageSid, reconciled }: { messageSid: string; reconciled: boolean },
): Promise<SentMessage> {
	const { threadId } = identity;
	const { messages } = await services.store.threads.read(threadId, RECALLED_MESSAGES);
	const recorded = messages.find((one) => one.messageSid === messageSid);
	let message: TwilioMessage;
	try {
		message = await fetchMessage(services.twilio, messageSid);
	} catch (error) {
		if (!recorded) throw new SentButNotRecordedError(messageSid, { cause: error });
		message = asAccepted(threadId, recorded);
	}
	const body = recorded?.body ?? message.body;
	if (!recorded) await appendSent(services, identity, message, { body });
	return describeSent(services, { threadId, body }, message, { repeated: true, reconciled });
}

/** What the thread knows of a message, for when Twilio cannot be asked. */
function asAccepted(
	threadId: string,
	{ messageSid, body, sender, ...rest }: Message,
): TwilioMessage {
	const service = sender.startsWith('MG');
	return {
		messageSid,
		status: 'accepted',
		direction: 'outbound-api',
		to: parseThreadId(threadId)?.contact ?? '',
		from: service ? null : sender,
		messagingServiceSid: service ? sender : null,
		body,
		numSegments: rest.numSegments,
		numMedia: rest.media.length,
		errorCode: null,
		dateCreated: new Date(rest.at),
	};
}
