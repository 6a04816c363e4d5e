import type { Message } from '../messaging/message';
import { countSegments, segmentWarnings } from '../messaging/segments';
import { isoTime } from '../messaging/clock';
import { explainTwilioCode } from '../twilio/api/explain-twilio-code';
import { type TwilioMessage, hasTrialPrefix, fetchMessage } from '../twilio/api/messages';
import type {
	OutboundDraft,
	HeldClaim,
	SendIdentity,
	SendDeps,
	SentMessage,
} from './outbound-draft';
import { SentButNotRecordedError } from './send-errors';
import { parseThreadId } from '../messaging/thread-id';

/** The words as we wrote them, which Twilio's own may differ from. */
interface Words {
	body: string;
	from?: string | undefined;
	mediaUrls?: readonly string[] | undefined;
}

/**
 * Settles the claim, then adds the text to its thread; in this order, so that a crash between
 * leaves a gap in the thread, never a second text. Rejects with SentButNotRecordedError.
 */
export async function recordSent(
	deps: SendDeps,
	claim: HeldClaim,
	message: TwilioMessage,
	words: Words,
): Promise<void> {
	const { messageSid } = message;
	try {
		await deps.store.claims.settle(claim.key, claim.token, { phase: 'sent', messageSid });
	} catch (error) {
		throw new SentButNotRecordedError(messageSid, { cause: error });
	}
	await appendSent(deps, claim, message, words);
}

/** Adds the text to its thread where it is not there yet. Rejects with SentButNotRecordedError. */
async function appendSent(
	deps: SendDeps,
	{ threadId, author, answers }: Pick<SendIdentity, 'threadId' | 'author' | 'answers'>,
	message: TwilioMessage,
	words: Words,
): Promise<void> {
	const entry: Message = {
		messageSid: message.messageSid,
		direction: 'outbound',
		author,
		body: words.body,
		// The files are Twilio's to fetch; what they are it alone finds out.
		media: (words.mediaUrls ?? []).map((url) => ({ url, contentType: '' })),
		sender: message.from ?? words.from ?? message.messagingServiceSid ?? '',
		numSegments: segmentsOf(message, words.body),
		at: sentAt(deps, message),
		...(answers === undefined ? {} : { answers: [...answers] }),
	};
	try {
		await deps.store.threads.append(threadId, [entry], 0);
	} catch (error) {
		throw new SentButNotRecordedError(message.messageSid, { cause: error });
	}
}

/** What the sender of a text is told. */
export function sentMessage(
	deps: SendDeps,
	draft: Pick<OutboundDraft, 'threadId' | 'body'>,
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
		sentAt: sentAt(deps, message),
		...how,
	};
}

/** Twilio's count where it has one; with a Messaging Service it starts at 0. */
function segmentsOf(message: TwilioMessage, body: string): number {
	return message.numSegments || countSegments(body).numSegments;
}

function sentAt(deps: SendDeps, { dateCreated }: TwilioMessage): string {
	return dateCreated?.toISOString() ?? isoTime(deps.clock);
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
	deps: SendDeps,
	identity: Pick<SendIdentity, 'threadId' | 'author' | 'answers'>,
	settled: { messageSid: string; reconciled: boolean },
): Promise<SentMessage> {
	const { threadId } = identity;
	const { messageSid, reconciled } = settled;
	const { messages } = await deps.store.threads.read(threadId, RECALLED_MESSAGES);
	const recorded = messages.find((one) => one.messageSid === messageSid);
	let message: TwilioMessage;
	try {
		message = await fetchMessage(deps.twilio, messageSid);
	} catch (error) {
		if (!recorded) throw new SentButNotRecordedError(messageSid, { cause: error });
		message = asAccepted(threadId, recorded);
	}
	const body = recorded?.body ?? message.body;
	if (!recorded) await appendSent(deps, identity, message, { body });
	return sentMessage(deps, { threadId, body }, message, { repeated: true, reconciled });
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
