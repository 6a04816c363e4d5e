import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type {
	OutboundDraft,
	SendPurpose,
	SendServices,
	SentMessage,
	Unwanted,
} from '../shared/sending/outbound-draft';
import { CannotTextError, OptedOutError } from '../shared/sending/send-errors';
import { smsSender, type SendOutcome } from '../shared/sending/send-to-thread';
import { whyUnwanted } from '../shared/sending/still-wanted';
import { NEWEST_MESSAGES } from '../shared/threads/thread-store';
import { fitText } from '../shared/sending/fit-text';
import { assertSchedulable } from '../shared/twilio/api/messages';
import { addressingOf, type Addressing } from './addressing';
import { writeWithAi } from './ai-words';
import { assertAllowedRecipient } from './allowed-recipients';
import { conversationOf, conversationOfTool } from './conversation';
import { ledgerOf, occasionKey, toolLedgerOf } from './send-ledger';
import { sendOptionsOf, type SendOptions } from './send-options';
import { sentJson, skippedJson, toolJson } from './sent-item';
import { bodyToSend, toolBody } from './words-to-send';

/** Sends the text of one item, or tells what an earlier try of the same item sent. */
export async function sendItem(
	context: IExecuteFunctions,
	services: SendServices,
	item: INodeExecutionData,
	itemIndex: number,
): Promise<IDataObject> {
	const ledger = ledgerOf(context, itemIndex);
	if (ledger.sent) return { ...ledger.sent, repeated: true };

	const options = sendOptionsOf(context, itemIndex);
	const conversation = conversationOf(context, item, itemIndex);
	const { account } = services.twilio;
	const addressing = addressingOf(context, itemIndex, account, conversation, options.country);
	const byAi = context.getNodeParameter('mode', itemIndex, 'raw') === 'ai';
	const given = byAi ? undefined : bodyToSend(context, item, itemIndex, options.mediaUrls);

	const author = given?.author ?? 'agent';
	const write = async () =>
		given ??
		(await writeWithAi(context, services, itemIndex, addressing, conversation, options.text));
	const purpose: SendPurpose | undefined = options.onlyUnanswered
		? { kind: 'followUp', earlierSid: conversation?.sentSid }
		: undefined;
	const key = options.occasion
		? occasionKey(context, addressing.threadId, options.occasion)
		: ledger.key;
	const outcome = await send(services, key, addressing, options, { author, write, purpose });
	if (outcome.kind === 'unwanted' && purpose) {
		return skippedJson(outcome.why, addressing, conversation);
	}
	const json = sentJson(sentOrThrow(outcome), addressing, conversation);
	ledger.remember(json);
	return json;
}

/** The same for a model that calls this node as a tool. */
export async function sendAsTool(
	context: IExecuteFunctions,
	services: SendServices,
	itemIndex: number,
): Promise<IDataObject> {
	const options = sendOptionsOf(context, itemIndex);
	const conversation = conversationOfTool(context, itemIndex);
	const { account } = services.twilio;
	const addressing = addressingOf(context, itemIndex, account, conversation, options.country);
	assertAllowedRecipient(context, itemIndex, addressing.to, conversation, options.country);
	const body = toolBody(context, itemIndex, options.mediaUrls);
	const ledger = toolLedgerOf(context, addressing.to, body);
	if (ledger.sent) return { ...ledger.sent, repeated: true };

	const author = 'agent';
	const write = async () => ({ body });
	const outcome = await send(services, ledger.key, addressing, options, { author, write });
	const json = toolJson(sentOrThrow(outcome));
	ledger.remember(json);
	return json;
}

/** Who asked for this very text is told with an error that it may not go out. */
function sentOrThrow(outcome: SendOutcome): SentMessage {
	if (outcome.kind === 'sent') return outcome.sent;
	const { why } = outcome;
	if (why.why === 'optedOut') throw new OptedOutError(why);
	throw why.why === 'cannotText' ? new CannotTextError(why.message) : new Error(why.message);
}

interface Body {
	author: OutboundDraft['author'];
	write: () => Promise<{ body: string } | Unwanted>;
	purpose?: SendPurpose | undefined;
}

async function send(
	services: SendServices,
	key: string,
	addressing: Addressing,
	options: SendOptions,
	{ author, write, purpose }: Body,
): Promise<SendOutcome> {
	const { threadId, to } = addressing;
	const { mediaUrls, statusCallback, validityPeriod, sendAt, text } = options;
	const sender = senderOf(addressing, options, services);
	return await smsSender(services).sendOnce({ key, threadId, author }, async () => {
		if (purpose) {
			// No model writes for nothing.
			const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
			const unwanted = whyUnwanted(thread, { to, purpose });
			if (unwanted) return unwanted;
		}
		const written = await write();
		if ('why' in written) return written;
		return {
			threadId,
			to,
			...sender,
			body: fitText(written.body, text, author, 'Message'),
			author,
			mediaUrls,
			...(statusCallback === undefined ? {} : { statusCallback }),
			...(validityPeriod === undefined ? {} : { validityPeriod }),
			...(sendAt === undefined ? {} : { sendAt }),
			purpose,
		};
	});
}

/** Scheduling needs a Messaging Service, also where a number is pinned. */
function senderOf(
	{ from, messagingServiceSid }: Addressing,
	{ sendAt }: SendOptions,
	{ twilio, clock }: SendServices,
): Pick<OutboundDraft, 'from' | 'messagingServiceSid'> {
	const service = messagingServiceSid ?? (sendAt && twilio.account.messagingServiceSid);
	if (sendAt) assertSchedulable(sendAt, clock.now(), service);
	return {
		...(from === undefined ? {} : { from }),
		...(service === undefined ? {} : { messagingServiceSid: service }),
	};
}
