import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { beginTask } from '../shared/contacts/task';
import { reasonOf } from '../shared/messaging/reason-of';
import type {
	SendPurpose,
	SendServices,
	SentMessage,
	Unwanted,
} from '../shared/sending/outbound-draft';
import { confirmationKey } from '../shared/sending/opt-outs/opt-out-confirmation';
import { keepTrying } from '../shared/sending/keep-trying';
import { NEWEST_MESSAGES } from '../shared/threads/thread-store';
import type { Message } from '../shared/messaging/message';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import type { Conversation } from '../shared/n8n/items/conversation';
import { agentForItem } from '../shared/n8n/items/agent-prompt';
import { assertHoldsThread } from '../shared/n8n/stores/thread-store-choice';
import { cleanedWords, writeWithAi } from './body';
import { countText } from './count-text';
import { OPT_OUT_CONFIRMATION, SEND_AT } from './options';
import type { PlannedText } from './plan-text';
import { answerKey, oncePerKey, type SendMemo } from './send-memo';
import { sendText, sentOrThrow, type TextToSend } from './send-text';
import { sentJson, skippedJson } from './sent-item';

export interface HowToSendItem {
	/** An earlier try may have sent it, and nothing of ours would say so. */
	isDoubtful: boolean;
	/** Ends the wait for another try; not what is being sent. */
	waiting: AbortSignal;
	/** Which of this run's texts to the contact it is, from 0. */
	nth: number;
}

/** Sends the text of one item, or tells what an earlier try of the same item sent. */
export async function sendItem(
	context: IExecuteFunctions,
	services: SendServices,
	planned: PlannedText,
	memo: SendMemo,
	{ isDoubtful, waiting, nth }: HowToSendItem,
): Promise<IDataObject> {
	if (memo.sent) return { ...memo.sent, repeated: true };

	const { conversation, addressing, options } = planned;
	const continued = conversation?.threadId === addressing.threadId ? conversation : undefined;
	if (continued && !(await wasSentHere(services, continued))) {
		assertHoldsThread(context, services.store);
	}
	const told = { ...addressing, agent: agentForItem(context, addressing.agent) };
	if (continued?.isSilent && 'body' in planned.words && planned.words.isAnswer === true) {
		return skippedJson(NOBODY_WROTE, told, conversation);
	}
	const confirms = options.confirmsOptOut && 'body' in planned.words;
	if (confirms && options.sendAt) throw tooLate();
	const turn = confirms ? undefined : turnAnswered(planned, continued);
	const purpose = confirms ? CONFIRMATION : purposeOf(planned, turn);
	const newestSid = turn?.at(-1)?.messageSid;
	const key = confirms
		? await confirmationKey(services, addressing.threadId)
		: newestSid !== undefined
			? answerKey(context, addressing.threadId, newestSid, nth)
			: options.oncePer
				? oncePerKey(context, addressing.threadId, options.oncePer)
				: memo.key;
	const text = {
		...textOf(context, services, planned, continued),
		count: async () => await countText(context, services, addressing.to, options.limits),
		purpose,
		isDoubtful,
	};
	const outcome = await keepTrying(
		{ clock: services.clock, signal: waiting },
		options.keepTryingMs,
		async () => await sendText(services, key, addressing, options, text),
	);
	if (outcome.kind === 'unwanted') {
		const mayBeSkipped = purpose?.kind === 'followUp' || purpose?.kind === 'reply';
		if (mayBeSkipped || outcome.why.why === 'takeover') {
			return skippedJson(outcome.why, told, conversation);
		}
	}
	const sent = await withTaskBegun(services, planned, sentOrThrow(outcome));
	const json = {
		...sentJson(sent, told, conversation),
		...(planned.task ? { task: planned.task.name } : {}),
	};
	memo.remember(json);
	return json;
}

/** The text is out: what fails here becomes a warning, never a failure that somebody would answer by sending again. */
async function withTaskBegun(
	services: SendServices,
	{ task }: PlannedText,
	sent: SentMessage,
): Promise<SentMessage> {
	if (task === undefined) return sent;
	try {
		const { threadId, messageSid: by, sentAt: since } = sent;
		await beginTask(services, threadId, { name: task.name, by, since });
		return sent;
	} catch (error) {
		const why = `The text is out, but its task was not written down: ${reasonOf(error)}`;
		return { ...sent, warnings: [...sent.warnings, why] };
	}
}

const NOBODY_WROTE: Unwanted = {
	why: 'answered',
	message:
		'The conversation has ended or is silent, and there is no text to answer; nothing was sent',
};

function textOf(
	context: IExecuteFunctions,
	services: SendServices,
	{ itemIndex, words, conversation, addressing, options, task }: PlannedText,
	continued: Conversation | undefined,
): Pick<TextToSend, 'author' | 'words' | 'answered'> {
	if ('body' in words) {
		return {
			author: words.author,
			words: cleanedWords(words),
			answered: continued?.turnSids,
		};
	}
	const about = { addressing, conversation, options, task };
	const write = async () => await writeWithAi(context, services, itemIndex, words.brief, about);
	return { author: 'agent', words: once(write) };
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

function tooLate(): InvalidInputError {
	return new InvalidInputError({
		field: SEND_AT,
		cause: `a text with ${OPT_OUT_CONFIRMATION} goes out within five minutes of the opt-out, and Twilio schedules none so soon`,
		fix: `Take ${SEND_AT} away.`,
	});
}

const CONFIRMATION: SendPurpose = { kind: 'optOutConfirmation' };

/**
 * The texts that the run is about, where this one is an AI Agent's answer to them: then it is a reply, as
 * Agent Reply sends one. Undefined for whatever else is said.
 */
function turnAnswered(
	{ words, options }: PlannedText,
	continued: Conversation | undefined,
): Message[] | undefined {
	const { onlyUnanswered, oncePer, sendAt, mediaUrls } = options;
	const isAnswer = 'body' in words && words.isAnswer === true;
	const isPlain = !onlyUnanswered && !oncePer && !sendAt && mediaUrls.length === 0;
	const turn = continued?.arrived ?? [];
	return isAnswer && isPlain && turn.length > 0 ? turn : undefined;
}

function purposeOf(
	{ options, conversation }: PlannedText,
	turn: Message[] | undefined,
): SendPurpose | undefined {
	if (turn) return { kind: 'reply', turn };
	if (!options.onlyUnanswered) return undefined;
	const { sentSid: earlierSid, turnSids } = conversation ?? {};
	return { kind: 'followUp', earlierSid, turnSids };
}
