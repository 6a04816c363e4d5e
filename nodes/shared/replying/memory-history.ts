import type { Message } from '../messaging/message';
import { textsUpTo } from '../threads/turns/unanswered';
import type { Thread, ThreadStore } from '../threads/thread-store';
import type { ConversationMemory } from '../composing/conversation-memory';
import {
	asConversation,
	modelHistory,
	newestThatFit,
	said,
	type HistoryLimits,
	type ModelHistory,
} from '../composing/history';
import { words } from '../composing/message-marks';
import type { ModelMessage } from '../composing/reply-composer';
import type { ReplyPlan, ReplyTurn } from './reply-turn';
import type { SentMessage } from '../sending/outbound-draft';

/** More than anybody writes before we answer. */
const NEWEST = 50;

interface MemoryDeps {
	memory?: ConversationMemory | undefined;
	signal?: AbortSignal | undefined;
}

/** The conversation as the model is shown it: out of the memory where there is one, else the thread. */
export async function historyFor(
	{ memory, signal }: MemoryDeps,
	thread: Thread,
	turn: readonly Message[],
	{ history, timeZone }: Pick<ReplyPlan, 'history' | 'timeZone'>,
): Promise<ModelHistory> {
	if (!memory) return modelHistory(thread, turn, history, timeZone);
	return rememberedHistory(await memory.load(signal), thread, turn, history, timeZone);
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
): ModelHistory {
	const turnSids = turn.map(({ messageSid }) => messageSid);
	const waiting = textsUpTo(thread.messages, turnSids).filter(
		({ messageSid }) => !turnSids.includes(messageSid),
	);
	const earlier = [...remembered, ...said(waiting, timeZone)];
	const fitting = newestThatFit(earlier, limits);
	return {
		messages: asConversation([...fitting, ...said(turn, timeZone)]),
		report: {
			includedMessages: fitting.length,
			omittedMessages: earlier.length - fitting.length,
			droppedFromStore: null,
		},
	};
}

/**
 * Tells the memory, where there is one, of a turn that was answered. The text is out: what fails
 * here becomes a warning, never a failure that somebody would answer by sending again.
 */
export async function remember(
	{ memory, store, signal }: MemoryDeps & { store: { threads: ThreadStore } },
	{ threadId, messages }: ReplyTurn,
	sent: SentMessage,
): Promise<SentMessage> {
	if (!memory) return sent;
	try {
		const thread = await store.threads.read(threadId, NEWEST);
		const turnSids = messages.map(({ messageSid }) => messageSid);
		const found = textsUpTo(thread.messages, turnSids);
		const contactSaid = (found.length > 0 ? found : messages).map(words).join('\n');
		await memory.save(contactSaid, sent.body, signal);
		return sent;
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		return { ...sent, warnings: [...sent.warnings, `The text is out, but ${lower(why)}`] };
	}
}

function lower(sentence: string): string {
	return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
