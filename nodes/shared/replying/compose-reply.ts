import { charactersIn, finishText } from '../composing/finished-text';
import type { HistoryReport } from '../composing/history';
import { ModelError } from '../composing/model-error';
import type { Composition } from '../composing/parse-answer';
import { promptOf } from '../composing/prompt';
import type { Message } from '../messaging/message';
import { isLongPast } from '../sending/still-wanted';
import { NEWEST_MESSAGES, type Thread, type ThreadServices } from '../threads/thread-store';
import { REPLIES_COUNT_FOR_MS } from '../threads/timing';
import { whileComposing } from '../threads/turns/thread-lease';
import { historyFor } from './memory-history';
import { NOT_COMPOSED, type ReplyOutcome } from './reply-outcome';
import type { ComposeServices } from './reply-services';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';
import { silenceFor } from './silence';
import { afterFailedModel } from './try-again';

/** The thread, as far as composing needs it. The turn's texts are added where they are missing. */
export async function readTurn(
	{ store }: ThreadServices,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<Thread> {
	// One more than the model may see tells whether there is more.
	const limit =
		turn.messages.length + Math.max(plan.history.maxMessages + 1, messagesToJudge(plan));
	const thread = await store.threads.read(turn.threadId, limit);
	const there = new Set(thread.messages.map(({ messageSid }) => messageSid));
	const isThere = turn.messages.every(({ messageSid }) => there.has(messageSid));
	// What the thread has forgotten must not come back as its newest text.
	if (isThere || isLongPast(thread, turn.messages)) return thread;
	return (await store.threads.append(turn.threadId, turn.messages, limit)).thread;
}

/**
 * Decides what to answer to a turn; sends nothing. Rejects with MemoryError, InvalidInputError, the
 * signal's reason, and with ModelError where the plan says so.
 */
export async function composeReply(
	services: ComposeServices,
	thread: Thread,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	const silence = silenceFor(thread, turn, services.clock.now());
	if (silence) return silence;
	if (
		repliesSince(thread.messages, services.clock.now() - REPLIES_COUNT_FOR_MS) >=
		plan.maxRepliesPerHour
	) {
		return {
			kind: 'needsHuman',
			code: 'tooManyReplies',
			reason: `This contact got ${plan.maxRepliesPerHour} replies within an hour; another machine may be answering.`,
			handover: null,
			composing: NOT_COMPOSED,
		};
	}
	try {
		const { composition, history } = await compose(services, thread, turn, plan);
		return outcomeOf(composition, history, plan);
	} catch (error) {
		if (!(error instanceof ModelError) || plan.onModelError === 'throw') throw error;
		return afterFailedModel({ thread, turn, plan }, services.clock, error);
	}
}

/**
 * For a reply that another step will send: reads, composes, and looks at the thread again, because
 * much can happen while a model writes. Rejects as `composeReply`, with StoreUnavailableError too.
 */
export async function composeOnly(
	services: ComposeServices,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	const { threadId } = turn;
	const newestSid = newestSidOf(turn);
	const outcome = await whileComposing(services, { threadId, newestSid }, async () => {
		return await composeReply(services, await readTurn(services, turn, plan), turn, plan);
	});
	if (outcome.kind !== 'replied') return outcome;
	const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
	return silenceFor(thread, turn, services.clock.now(), outcome.composing) ?? outcome;
}

/** As many as hold the permitted replies where every one answered one text. */
function messagesToJudge({ maxRepliesPerHour }: ReplyPlan): number {
	return 2 * maxRepliesPerHour;
}

function repliesSince(messages: readonly Message[], since: number): number {
	return messages.filter(({ author, at }) => author === 'agent' && Date.parse(at) >= since)
		.length;
}

async function compose(
	services: ComposeServices,
	thread: Thread,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<{ composition: Composition; history: HistoryReport }> {
	const { composer, clock, signal } = services;
	const { messages, report } = await historyFor(services, thread, turn.messages, plan);
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
