import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type {
	OutboundDraft,
	SendPurpose,
	SendServices,
	SentMessage,
} from '../shared/sending/outbound-draft';
import { confirmationKey } from '../shared/sending/opt-out-confirmation';
import { keepTrying } from '../shared/sending/keep-trying';
import { CannotTextError, NotConfirmedError, OptedOutError } from '../shared/sending/send-errors';
import { smsSender, type SendOutcome } from '../shared/sending/send-to-thread';
import { whyUnwanted } from '../shared/sending/still-wanted';
import { NEWEST_MESSAGES } from '../shared/threads/thread-store';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { fitText } from '../shared/sending/fit-text';
import {
	assertSchedulable,
	parseMediaUrls,
	parseStatusCallback,
} from '../shared/twilio/api/messages';
import { parseCountry } from '../shared/messaging/phone-number';
import { DEFAULT_COUNTRY } from '../shared/n8n/agents/default-country-option';
import {
	conversationOf,
	conversationOfTool,
	type Conversation,
} from '../shared/n8n/items/conversation';
import { assertHoldsThread } from '../shared/n8n/stores/thread-store-choice';
import { addressingOf, assertAllowedRecipient, type Addressing } from './addressing';
import { assertToolBody, givenBody, type TextBody, writeWithAi } from './body';
import { read, readAsTool } from './fields';
import {
	MEDIA_URLS,
	OPT_OUT_CONFIRMATION,
	SEND_AT,
	STATUS_CALLBACK,
	type SendOptions,
} from './options';
import { memoOf, oncePerKey, toolMemoOf } from './send-memo';
import { sentJson, skippedJson, toolJson } from './sent-item';
import { MESSAGE } from './tool-fields';

/** Sends the text of one item, or tells what an earlier try of the same item sent. */
export async function sendItem(
	context: IExecuteFunctions,
	services: SendServices,
	item: INodeExecutionData,
	itemIndex: number,
): Promise<IDataObject> {
	const fields = read(context, itemIndex);
	const options = usable(fields.options);
	const conversation = conversationOf(context, item, itemIndex);
	const { account } = services.twilio;
	const addressing = addressingOf(fields.address, account, conversation, options.country);
	const memo = memoOf(context, itemIndex, addressing.threadId, conversation);
	if (memo.sent) return { ...memo.sent, repeated: true };

	const continued = conversation?.threadId === addressing.threadId ? conversation : undefined;
	if (continued && !(await wasSentHere(services, continued))) {
		assertHoldsThread(context, services.store);
	}
	const { body } = fields;
	const about = { addressing, conversation, limits: options.text };
	const text: TextBody & SendAim =
		typeof body === 'string'
			? {
					...givenBody(body, item, options.mediaUrls),
					answered: continued?.turnSids,
				}
			: {
					author: 'agent',
					write: async () => await writeWithAi(context, services, itemIndex, body, about),
				};
	const confirms = options.confirmsOptOut && typeof body === 'string';
	if (confirms && options.sendAt) throw tooLate();
	const purpose = confirms ? CONFIRMATION : purposeOf(options, conversation);
	const key = confirms
		? await confirmationKey(services, addressing.threadId)
		: options.oncePer
			? oncePerKey(context, addressing.threadId, options.oncePer)
			: memo.key;
	const write = once(text.write);
	const outcome = await keepTrying(
		services,
		options.keepTryingMs,
		async () => await send(services, key, addressing, options, { ...text, write, purpose }),
	);
	if (outcome.kind === 'unwanted' && purpose?.kind === 'followUp') {
		return skippedJson(outcome.why, addressing, conversation);
	}
	const json = sentJson(sentOrThrow(outcome), addressing, conversation);
	memo.remember(json);
	return json;
}

/** However often a text is tried, its words are written once. */
function once<Result>(write: () => Promise<Result>): () => Promise<Result> {
	let written: Result | undefined;
	return async () => (written ??= await write());
}

/** Whether a workflow that keeps its own conversations has this one, and so may go on with it. */
async function wasSentHere(
	{ store }: SendServices,
	{ threadId, sentSid }: Conversation,
): Promise<boolean> {
	if (store.kind !== 'staticData' || sentSid === undefined) return false;
	const { messages } = await store.threads.read(threadId, NEWEST_MESSAGES);
	return messages.some(({ messageSid }) => messageSid === sentSid);
}

/** The same for a model that calls this node as a tool. It never waits: the model decides what to do next. */
export async function sendAsTool(
	context: IExecuteFunctions,
	services: SendServices,
	itemIndex: number,
): Promise<IDataObject> {
	const { address, allowed, body, ...fields } = readAsTool(context, itemIndex);
	const options = usable(fields.options);
	const conversation = conversationOfTool(context, itemIndex);
	const { account } = services.twilio;
	const addressing = addressingOf(address, account, conversation, options.country);
	assertAllowedRecipient(allowed, addressing.to, conversation, options.country);
	assertToolBody(body, options.mediaUrls);
	const memo = toolMemoOf(context, addressing.threadId, body, conversation);
	if (memo.sent) return { ...memo.sent, repeated: true };

	const author = 'agent';
	const write = async () => ({ body });
	const outcome = await send(services, memo.key, addressing, options, { author, write });
	const json = toolJson(sentOrThrow(outcome));
	memo.remember(json);
	return json;
}

/** What a text is for, where that can make it unwanted. */
interface SendAim {
	purpose?: SendPurpose | undefined;
	/** SIDs of the texts that the run is about. */
	answered?: readonly string[] | undefined;
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

function tooLate(): InvalidInputError {
	return new InvalidInputError({
		field: SEND_AT,
		cause: `a text with ${OPT_OUT_CONFIRMATION} goes out within five minutes of the opt-out, and Twilio schedules none so soon`,
		fix: `Take ${SEND_AT} away.`,
	});
}

const CONFIRMATION: SendPurpose = { kind: 'optOutConfirmation' };

function purposeOf(
	{ onlyUnanswered }: UsableOptions,
	conversation: Conversation | undefined,
): SendPurpose | undefined {
	if (!onlyUnanswered) return undefined;
	const { sentSid: earlierSid, turnSids } = conversation ?? {};
	return { kind: 'followUp', earlierSid, turnSids };
}

/** Who asked for this very text is told with an error that it may not go out. */
function sentOrThrow(outcome: SendOutcome): SentMessage {
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

async function send(
	services: SendServices,
	key: string,
	addressing: Addressing,
	options: UsableOptions,
	{ author, write, purpose, answered }: TextBody & SendAim,
): Promise<SendOutcome> {
	const { threadId, to } = addressing;
	const { mediaUrls, statusCallback, validityPeriod, sendAt, text } = options;
	const sender = sendingFrom(addressing, options, services);
	return await smsSender(services).sendOnce({ key, threadId, author }, async () => {
		if (purpose) {
			// No model writes for nothing.
			const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
			const unwanted = whyUnwanted(thread, { to, purpose }, services.clock.now());
			if (unwanted) return unwanted;
		}
		const written = await write();
		if ('why' in written) return written;
		return {
			threadId,
			to,
			...sender,
			body: fitText(written.body, text, author, MESSAGE),
			author,
			mediaUrls,
			...(statusCallback === undefined ? {} : { statusCallback }),
			...(validityPeriod === undefined ? {} : { validityPeriod }),
			...(sendAt === undefined ? {} : { sendAt }),
			purpose: purpose ?? answering(answered, written.body, mediaUrls),
		};
	});
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
