import type { Message } from '../messaging/message';
import { reasonOf } from '../messaging/reason-of';
import { textsUpTo } from '../threads/turns/unanswered';
import type { Thread } from '../threads/thread-store';
import {
	asConversation,
	inOrder,
	modelHistory,
	newestThatFit,
	splitAtTurn,
	type Happening,
	type HistoryLimits,
	type ModelHistory,
} from '../composing/history';
import { bodyOf } from '../composing/message-tags';
import { outsideWords } from '../composing/outside-words';
import type { ModelMessage } from '../composing/reply-composer';
import type { ComposeServices } from './reply-services';
import type { ReplyPlan } from './reply-turn';
import type { SentMessage } from '../sending/outbound-draft';

/** The conversation as the model is shown it: out of the memory where there is one, else the thread. */
export async function historyFor(
	{ memory, signal }: ComposeServices,
	thread: Thread,
	turn: readonly Message[],
	{ history, timeZone }: Pick<ReplyPlan, 'history' | 'timeZone'>,
	happenings: readonly Happening[],
): Promise<ModelHistory> {
	if (!memory) return modelHistory(thread, turn, history, timeZone, happenings);
	const remembered = await memory.load(signal);
	return rememberedHistory(remembered, thread, turn, history, timeZone, happenings);
}

/**
 * What a memory holds as model messages, then the contact's texts that it cannot know because
 * nothing was answered to them, then the turn's own, always whole.
 */
function rememberedHistory(
	remembered: readonly ModelMessage[],
	thread: Thread,
	turn: readonly Message[],
	limits: HistoryLimits,
	timeZone: string,
	happenings: readonly Happening[],
): ModelHistory {
	const turnSids = turn.map(({ messageSid }) => messageSid);
	const waiting = textsUpTo(thread.messages, turnSids).filter(
		({ messageSid }) => !turnSids.includes(messageSid),
	);
	const known = remembered.map(({ role, content }) => ({ role, content: outsideWords(content) }));
	const [before, since] = splitAtTurn(happenings, turn);
	const earlier = [...known, ...inOrder(waiting, before, timeZone)];
	const fitting = newestThatFit(earlier, limits);
	return {
		messages: asConversation([...fitting, ...inOrder(turn, since, timeZone)]),
		report: {
			includedMessages: fitting.length,
			omittedMessages: earlier.length - fitting.length,
			droppedFromStore: null,
		},
	};
}

/**
 * Tells the memory, where there is one, of texts that were answered. The reply is out: what fails
 * here becomes a warning, never a failure that somebody would answer by sending again.
 *
 * @param thread as it was before, or with the reply in it.
 */
export async function remember(
	{ memory, signal }: ComposeServices,
	thread: Thread,
	answered: readonly Message[],
	sent: SentMessage,
): Promise<SentMessage> {
	if (!memory) return sent;
	try {
		const sids = answered.map(({ messageSid }) => messageSid);
		const found = textsUpTo(thread.messages, sids);
		const contactSaid = (found.length > 0 ? found : answered).map(bodyOf).join('\n');
		await memory.save(contactSaid, sent.body, signal);
		return sent;
	} catch (error) {
		const why = reasonOf(error);
		return { ...sent, warnings: [...sent.warnings, `The text is out, but ${lower(why)}`] };
	}
}

function lower(sentence: string): string {
	return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
