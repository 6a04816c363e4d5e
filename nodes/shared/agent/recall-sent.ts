import type { Message } from '../messaging/message';
import { parseThreadId } from '../messaging/thread-id';
import { fetchMessage, type TwilioMessage } from '../twilio/messages';
import { appendSent, sentMessage } from './record-sent';
import type { SendIdentity } from './outbound-draft';
import type { SendDeps } from './send-deps';
import { SentButNotRecordedError } from './send-errors';
import type { SentMessage } from './sent-message';

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
