import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { OutboundDraft, SendDeps, SentMessage } from '../shared/sending/outbound-draft';
import { sentOrSkipped, unlessAnswered } from '../shared/sending/follow-up';
import { assertStillWanted, sendOnce } from '../shared/sending/send-to-thread';
import { fitText } from '../shared/sending/fit-text';
import { assertSchedulable } from '../shared/twilio/api/messages';
import { addressingOf, type Addressing } from './addressing';
import { writeWithAi } from './ai-words';
import { assertAllowedRecipient } from './allowed-recipients';
import { conversationOf, conversationOfTool } from './conversation';
import { ledgerOf, occasionKey, toolLedgerOf } from './send-ledger';
import { sendOptionsOf, type SendOptions } from './send-options';
import { sentJson, skippedJson, toolJson } from './sent-item';
import { toolWords, wordsToSend } from './words-to-send';

/** Sends the text of one item, or tells what an earlier try of the same item sent. */
export async function sendItem(
	context: IExecuteFunctions,
	deps: SendDeps,
	item: INodeExecutionData,
	itemIndex: number,
): Promise<IDataObject> {
	const ledger = ledgerOf(context, itemIndex);
	if (ledger.sent) return { ...ledger.sent, repeated: true };

	const options = sendOptionsOf(context, itemIndex);
	const conversation = conversationOf(context, item, itemIndex);
	const { account } = deps.twilio;
	const addressing = addressingOf(context, itemIndex, account, conversation, options.country);
	const byAi = context.getNodeParameter('mode', itemIndex, 'raw') === 'ai';
	const given = byAi ? undefined : wordsToSend(context, item, itemIndex, options.mediaUrls);

	const author = given?.author ?? 'agent';
	const write = async () =>
		given?.body ??
		(await writeWithAi(context, deps, itemIndex, addressing, conversation, options.text));
	const veto = options.onlyUnanswered ? unlessAnswered(conversation?.sentSid) : undefined;
	const words = { author, write, ...(veto && { veto }) } as const;
	const key = options.occasion
		? occasionKey(context, addressing.threadId, options.occasion)
		: ledger.key;
	const sending = async () => await send(deps, key, addressing, options, words);
	const sent = veto ? await sentOrSkipped(sending) : await sending();
	if ('skipped' in sent) return skippedJson(sent, addressing, conversation);
	const json = sentJson(sent, addressing, conversation);
	ledger.remember(json);
	return json;
}

/** The same for a model that calls this node as a tool. */
export async function sendAsTool(
	context: IExecuteFunctions,
	deps: SendDeps,
	itemIndex: number,
): Promise<IDataObject> {
	const options = sendOptionsOf(context, itemIndex);
	const conversation = conversationOfTool(context, itemIndex);
	const { account } = deps.twilio;
	const addressing = addressingOf(context, itemIndex, account, conversation, options.country);
	assertAllowedRecipient(context, itemIndex, addressing.to, conversation, options.country);
	const body = toolWords(context, itemIndex, options.mediaUrls);
	const ledger = toolLedgerOf(context, addressing.to, body);
	if (ledger.sent) return { ...ledger.sent, repeated: true };

	const author = 'agent';
	const write = async () => body;
	const sent = await send(deps, ledger.key, addressing, options, { author, write });
	const json = toolJson(sent);
	ledger.remember(json);
	return json;
}

interface Words {
	author: OutboundDraft['author'];
	write: () => Promise<string>;
	veto?: NonNullable<OutboundDraft['veto']>;
}

async function send(
	deps: SendDeps,
	key: string,
	addressing: Addressing,
	options: SendOptions,
	{ author, write, veto }: Words,
): Promise<SentMessage> {
	const { threadId, to } = addressing;
	const { mediaUrls, statusCallback, validityPeriod, sendAt, text } = options;
	const sender = senderOf(addressing, options, deps);
	return await sendOnce(deps, { key, threadId, author }, async () => {
		if (veto) await assertStillWanted(deps, { threadId, to, veto });
		return {
			threadId,
			to,
			...sender,
			body: fitText(await write(), text, author, 'Message'),
			author,
			mediaUrls,
			...(statusCallback === undefined ? {} : { statusCallback }),
			...(validityPeriod === undefined ? {} : { validityPeriod }),
			...(sendAt === undefined ? {} : { sendAt }),
			...(veto && { veto }),
		};
	});
}

/** Scheduling needs a Messaging Service, also where a number is pinned. */
function senderOf(
	{ from, messagingServiceSid }: Addressing,
	{ sendAt }: SendOptions,
	{ twilio, clock }: SendDeps,
): Pick<OutboundDraft, 'from' | 'messagingServiceSid'> {
	const service = messagingServiceSid ?? (sendAt && twilio.account.messagingServiceSid);
	if (sendAt) assertSchedulable(sendAt, clock.now(), service);
	return {
		...(from === undefined ? {} : { from }),
		...(service === undefined ? {} : { messagingServiceSid: service }),
	};
}
