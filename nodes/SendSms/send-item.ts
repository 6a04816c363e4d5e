import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { OutboundDraft, SendDeps, SentMessage } from '../shared/sending/outbound-draft';
import { sentOrSkipped, unlessAnswered } from '../shared/sending/follow-up';
import { assertStillWanted, sendOnce } from '../shared/sending/send-to-thread';
import { fitText } from '../shared/messaging/segments';
import {
	assertSchedulable,
	parseMediaUrls,
	parseStatusCallback,
} from '../shared/twilio/api/messages';
import { parseCountry } from '../shared/messaging/phone-number';
import { DEFAULT_COUNTRY } from '../shared/n8n/agents/default-country-option';
import { conversationOf, conversationOfTool } from '../shared/n8n/items/conversation';
import { addressingOf, assertAllowedRecipient, type Addressing } from './addressing';
import { assertToolBody, givenWords, writeWithAi, type Wording } from './body';
import { read, readAsTool } from './fields';
import { MEDIA_URLS, SEND_AT, STATUS_CALLBACK, type SendOptions } from './options';
import { memoOf, oncePerKey, toolMemoOf } from './send-memo';
import { sentJson, skippedJson, toolJson } from './sent-item';
import { MESSAGE } from './tool-fields';

/** Sends the text of one item, or tells what an earlier try of the same item sent. */
export async function sendItem(
	context: IExecuteFunctions,
	deps: SendDeps,
	item: INodeExecutionData,
	itemIndex: number,
): Promise<IDataObject> {
	const memo = memoOf(context, itemIndex);
	if (memo.sent) return { ...memo.sent, repeated: true };

	const fields = read(context, itemIndex);
	const options = usable(fields.options);
	const conversation = conversationOf(context, item, itemIndex);
	const { account } = deps.twilio;
	const addressing = addressingOf(fields.address, account, conversation, options.country);
	const { body } = fields;
	const about = { addressing, conversation, limits: options.text };
	const wording: Wording =
		typeof body === 'string'
			? givenWords(body, item, options.mediaUrls)
			: {
					author: 'agent',
					write: async () => await writeWithAi(context, deps, itemIndex, body, about),
				};
	const veto = options.onlyUnanswered ? unlessAnswered(conversation?.sentSid) : undefined;
	const words: Words = { ...wording, ...(veto && { veto }) };
	const key = options.oncePer
		? oncePerKey(context, addressing.threadId, options.oncePer)
		: memo.key;
	const sending = async () => await send(deps, key, addressing, options, words);
	const sent = veto ? await sentOrSkipped(sending) : await sending();
	if ('skipped' in sent) return skippedJson(sent, addressing, conversation);
	const json = sentJson(sent, addressing, conversation);
	memo.remember(json);
	return json;
}

/** The same for a model that calls this node as a tool. */
export async function sendAsTool(
	context: IExecuteFunctions,
	deps: SendDeps,
	itemIndex: number,
): Promise<IDataObject> {
	const { address, allowed, body, ...fields } = readAsTool(context, itemIndex);
	const options = usable(fields.options);
	const conversation = conversationOfTool(context, itemIndex);
	const { account } = deps.twilio;
	const addressing = addressingOf(address, account, conversation, options.country);
	assertAllowedRecipient(allowed, addressing.to, conversation, options.country);
	assertToolBody(body, options.mediaUrls);
	const memo = toolMemoOf(context, addressing.to, body);
	if (memo.sent) return { ...memo.sent, repeated: true };

	const author = 'agent';
	const write = async () => body;
	const sent = await send(deps, memo.key, addressing, options, { author, write });
	const json = toolJson(sent);
	memo.remember(json);
	return json;
}

type UsableOptions = ReturnType<typeof usable>;

/** The options by the rules of phone numbers and of Twilio. Throws InvalidInputError. */
function usable({ defaultCountry, mediaUrls, statusCallback, ...others }: SendOptions) {
	return {
		...others,
		country: parseCountry(defaultCountry, DEFAULT_COUNTRY),
		mediaUrls: parseMediaUrls(mediaUrls, MEDIA_URLS),
		statusCallback: parseStatusCallback(statusCallback, STATUS_CALLBACK),
	};
}

interface Words extends Wording {
	veto?: NonNullable<OutboundDraft['veto']>;
}

async function send(
	deps: SendDeps,
	key: string,
	addressing: Addressing,
	options: UsableOptions,
	{ author, write, veto }: Words,
): Promise<SentMessage> {
	const { threadId, to } = addressing;
	const { mediaUrls, statusCallback, validityPeriod, sendAt, text } = options;
	const sender = sendingFrom(addressing, options, deps);
	return await sendOnce(deps, { key, threadId, author }, async () => {
		if (veto) await assertStillWanted(deps, { threadId, to, veto });
		return {
			threadId,
			to,
			...sender,
			body: fitText(await write(), text, MESSAGE),
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
function sendingFrom(
	{ from, messagingServiceSid }: Addressing,
	{ sendAt }: UsableOptions,
	{ twilio, clock }: SendDeps,
): Pick<OutboundDraft, 'from' | 'messagingServiceSid'> {
	const service = messagingServiceSid ?? (sendAt && twilio.account.messagingServiceSid);
	if (sendAt) assertSchedulable(sendAt, clock.now(), service, SEND_AT);
	return {
		...(from === undefined ? {} : { from }),
		...(service === undefined ? {} : { messagingServiceSid: service }),
	};
}
