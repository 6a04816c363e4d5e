import type { Clock } from '../messaging/clock';
import type { Message } from '../messaging/message';
import type { Thread, ThreadStore } from '../threads/thread-store';
import type { Composition } from '../composing/parse-answer';
import { charactersIn, finishText } from '../composing/finished-text';
import type { ConversationMemory } from '../composing/conversation-memory';
import type { HistoryReport } from '../composing/history';
import { historyFor } from './memory-history';
import { ModelError } from '../composing/model-error';
import { promptOf } from '../composing/prompt';
import type { ReplyComposer } from '../composing/reply-composer';
import type { ComposingReport, ReplyOutcome } from './reply-outcome';
import type { ReplyPlan, ReplyTurn } from './reply-turn';
import { silenceFor, type SilenceError } from './silence';

export interface ComposeDeps {
	threads: ThreadStore;
	composer: ReplyComposer;
	clock: Clock;
	/** What the model is shown as the conversation so far, in place of the thread. */
	memory?: ConversationMemory | undefined;
	signal?: AbortSignal | undefined;
}

/** Enough to see whether the contact has written again. */
const NEWEST = 50;

const HOUR_MS = 3_600_000;

export const NOT_COMPOSED: ComposingReport = { usage: null, model: null, history: null };

/**
 * Decides what to answer to a turn; sends nothing. The turn's texts are added to the thread where
 * they are missing. Rejects with StoreUnavailableError, MemoryError, InvalidInputError, the signal's
 * reason, and with ModelError where the plan says so.
 */
export async function composeReply(
	deps: ComposeDeps,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	// One more than the model may see tells whether there is more.
	const limit =
		turn.messages.length + Math.max(plan.history.maxMessages + 1, messagesToJudge(plan));
	const { thread } = await deps.threads.append(turn.threadId, turn.messages, limit);
	const silence = silenceFor(thread, turn);
	if (silence) return silent(silence);
	if (repliesSince(thread.messages, deps.clock.now() - HOUR_MS) >= plan.maxRepliesPerHour) {
		return {
			kind: 'needsHuman',
			code: 'tooManyReplies',
			reason: `This contact got ${plan.maxRepliesPerHour} replies within an hour; another machine may be answering.`,
			handover: null,
			composing: NOT_COMPOSED,
		};
	}
	try {
		const { composition, history } = await compose(deps, thread, turn, plan);
		return outcomeOf(composition, history, plan);
	} catch (error) {
		if (!(error instanceof ModelError) || plan.onModelError === 'throw') throw error;
		return {
			kind: 'needsHuman',
			code: 'modelFailed',
			reason: `${error.message}. ${error.fix}`,
			handover: null,
			composing: NOT_COMPOSED,
		};
	}
}

/**
 * For a reply that another step will send: as `composeReply`, and looks at the thread again after
 * composing, because much can happen while a model writes.
 */
export async function composeOnly(
	deps: ComposeDeps,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	const outcome = await composeReply(deps, turn, plan);
	if (outcome.kind !== 'replied') return outcome;
	const thread = await deps.threads.read(turn.threadId, NEWEST);
	const silence = silenceFor(thread, turn);
	return silence ? silent(silence, outcome.composing) : outcome;
}

/** As many as hold the permitted replies where every one answered one text. */
function messagesToJudge({ maxRepliesPerHour }: ReplyPlan): number {
	return 2 * maxRepliesPerHour;
}

function repliesSince(messages: readonly Message[], since: number): number {
	return messages.filter(({ author, at }) => author === 'agent' && Date.parse(at) >= since)
		.length;
}

export function silent(
	{ code, message }: SilenceError,
	composing: ComposingReport = NOT_COMPOSED,
): ReplyOutcome {
	return { kind: 'noReply', code, reason: message, composing };
}

async function compose(
	deps: ComposeDeps,
	thread: Thread,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<{ composition: Composition; history: HistoryReport }> {
	const { composer, clock, signal } = deps;
	const { messages, report } = await historyFor(deps, thread, turn.messages, plan);
	const instructions = promptOf({
		task: 'reply',
		agentName: turn.agentName,
		smsPrompt: plan.smsPrompt,
		maxCharacters: charactersIn(plan.text.maxSegments),
		context: plan.context,
		now: clock.now(),
		timeZone: plan.timeZone,
		newestTextAt: turn.messages.at(-1)?.at,
	});
	const composition = await composer.compose({ instructions, messages }, signal);
	return { composition, history: report };
}

function outcomeOf(
	composition: Composition,
	history: HistoryReport,
	{ text: rules }: ReplyPlan,
): ReplyOutcome {
	const { usage, model } = composition;
	const composing = { usage, model, history };
	switch (composition.kind) {
		case 'needsHuman':
			return { ...composition, code: 'modelDecided', handover: null, composing };
		case 'noReply':
			return { ...composition, code: 'modelDecided', composing };
		case 'reply': {
			const finished = finishText(composition.text, rules);
			if (finished.kind === 'unusable') {
				const { code, reason } = finished;
				return { kind: 'needsHuman', code, reason, handover: null, composing };
			}
			const { text, encoding, numSegments } = finished;
			return { kind: 'replied', text, encoding, numSegments, sent: null, composing };
		}
	}
}
