import { happeningsOf } from '../acting/shown-actions';
import { charactersIn, finishText } from '../composing/finished-text';
import { ModelError } from '../composing/model-error';
import { ModelLimitError } from '../composing/model-limit';
import { mediaReport, withAttachments } from '../composing/models/attachments';
import type { Composition, TokenUsage } from '../composing/parse-answer';
import { promptOf } from '../composing/prompt';
import type { CompositionRequest } from '../composing/reply-composer';
import { factsOf } from '../contacts/facts';
import { endTask } from '../contacts/task';
import { passOn, speakerIn } from '../contacts/speaker';
import { readStanding, standingOf, type Standing } from '../contacts/standing';
import type { Clock } from '../messaging/clock';
import type { Action } from '../threads/actions';
import { summed } from '../acting/compose-acting';
import {
	isOutage,
	NEWEST_MESSAGES,
	type Passed,
	type Thread,
	type ThreadServices,
} from '../threads/thread-store';
import { CLOCK_SKEW_MS, LEASE_WAIT_MS, REPLIES_COUNT_FOR_MS } from '../threads/timing';
import { threadWithTexts } from '../threads/turns/own-texts';
import { repliesBetween } from '../threads/turns/reply-times';
import { whileComposing, withThreadLease } from '../threads/turns/thread-lease';
import { composeWithTools, handOverDeadActions, handOverUnearned, type Acted } from './act';
import { historyFor } from './memory-history';
import { doubtfulOptOut, learnOptOut, optOutSeen, type OptOutSeen } from './opt-out';
import { pauseAgent } from './hand-over';
import { NOT_COMPOSED, type ComposingReport, type ReplyOutcome } from './reply-outcome';
import type { ComposeServices } from './reply-services';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';
import { noReply, silenceFor } from './silence';
import { msUntilQuiet } from './until-quiet';
import { afterFailedModel } from './try-again';

/** What composing comes to; the contact's opt-out has yet to be written down. */
export type ComposeOutcome = ReplyOutcome | OptOutSeen;

/** The thread, as far as composing needs it. The turn's texts are added where they are missing. */
export async function readTurn(
	services: ThreadServices,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<Standing> {
	// One more than the model may see tells whether there is more.
	const forModel = turn.messages.length + plan.history.maxMessages + 1;
	const limit = Math.max(forModel, NEWEST_MESSAGES);
	const { threads } = services.store;
	const reading = threadWithTexts(threads, turn.threadId, turn.messages, limit);
	const standing = await standingOf(services, turn.threadId, reading);
	return turn.isTry ? { ...standing, ...asItWas(standing, turn) } : standing;
}

/** What was written and answered since does not count where the same texts are tried again and again. */
function asItWas(thread: Thread, turn: ReplyTurn): Thread {
	const newestSid = newestSidOf(turn);
	const newest = thread.messages.findIndex(({ messageSid }) => messageSid === newestSid);
	if (newest < 0) {
		const { messages } = turn;
		return { ...thread, messages, keptMessages: messages.length, droppedMessages: 0 };
	}
	const messages = thread.messages.slice(0, newest + 1);
	const since = thread.messages.length - messages.length;
	return { ...thread, messages, keptMessages: thread.keptMessages - since };
}

/**
 * Decides what to answer to a turn; sends nothing. Rejects with MemoryError, InvalidInputError, the
 * signal's reason, and with ModelError where the plan says so.
 */
export async function composeReply(
	services: ComposeServices,
	thread: Standing,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ComposeOutcome> {
	const silence = silenceFor(thread, turn, services.clock.now());
	if (silence) return silence;
	if (repliesOfTheHour(thread, services.clock) >= plan.maxRepliesPerHour) {
		return {
			kind: 'needsHuman',
			code: 'tooManyReplies',
			reason: `This contact got ${plan.maxRepliesPerHour} replies within an hour; another machine may be answering.`,
			handover: null,
			composing: NOT_COMPOSED,
		};
	}
	const doubtful = doubtfulOptOut(turn);
	if (doubtful) return doubtful;
	let quiet = thread;
	const wait = msUntilQuiet(thread, turn, services.clock.now());
	if (wait > 0) {
		await services.clock.sleep(wait, services.signal);
		quiet = await readTurn(services, turn, plan);
		const unwanted = silenceFor(quiet, turn, services.clock.now());
		if (unwanted) return unwanted;
	}
	try {
		return await compose(services, quiet, turn, plan);
	} catch (error) {
		if (error instanceof ModelLimitError) return atModelLimit(error);
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
	const outcome = await whileComposing(services, { threadId, newestSid }, async () =>
		services.tools && !turn.isTry
			? await composeWithLease(services, turn, plan)
			: await composeReply(services, await readTurn(services, turn, plan), turn, plan),
	);
	switch (outcome.kind) {
		case 'optOut':
			return await learnOptOut(services, turn, outcome);
		case 'needsHuman':
			await pauseAgent(services, turn, plan, outcome);
			return outcome;
		case 'noReply':
			return await withTaskEnded(services, turn, outcome);
		case 'replied': {
			if (turn.isTry) return outcome;
			const standing = await readStanding(services, threadId, NEWEST_MESSAGES);
			return (
				silenceFor(standing, turn, services.clock.now(), outcome.composing) ??
				(await withTaskEnded(services, turn, outcome))
			);
		}
	}
}

/**
 * Where the model has said that the task it was on is done, and the turn came to its end with that. A
 * store that is away leaves the task on: a later answer says so again.
 */
export async function withTaskEnded(
	services: ThreadServices,
	turn: ReplyTurn,
	outcome: ReplyOutcome,
): Promise<ReplyOutcome> {
	const { task } = outcome.composing;
	const isOver =
		outcome.kind === 'replied' ||
		(outcome.kind === 'noReply' && outcome.code === 'modelDecided');
	if (!task?.isDone || !isOver || turn.isTry) return outcome;
	try {
		await endTask(services, turn.threadId, task);
		return outcome;
	} catch (error) {
		// The contact has their answer; what fails here must not have it sent again.
		if (!isOutage(error)) throw error;
		return {
			...outcome,
			composing: { ...outcome.composing, task: { ...task, isDone: false } },
		};
	}
}

/** Who acts needs the right to the thread, though another step is to send the words. */
async function composeWithLease(
	services: ComposeServices,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ComposeOutcome> {
	return await withThreadLease(
		services,
		turn.threadId,
		LEASE_WAIT_MS,
		async ({ claim, left }) => {
			try {
				const thread = await readTurn(services, turn, plan);
				return (
					(await handOverDeadActions(services, thread)) ??
					(await composeReply(services, thread, turn, plan))
				);
			} finally {
				// It is for the run that sends.
				if (left) await claim.leave(left);
			}
		},
	);
}

/** A person is told once that the contact is not answered for now; nothing is said to each further text. */
function atModelLimit({ of, isFirst, message, fix }: ModelLimitError): ReplyOutcome {
	const code = of === 'contact' ? 'tooManyModelCalls' : 'modelLimitReached';
	const reason = `${message}. ${fix}`;
	if (isFirst) {
		return { kind: 'needsHuman', code, reason, handover: null, composing: NOT_COMPOSED };
	}
	return noReply(code, `${reason} A person has been told with an earlier text.`);
}

/** A reply of the future was counted by a clock that has been set back since: it says nothing. */
function repliesOfTheHour(thread: Thread, clock: Clock): number {
	const now = clock.now();
	return repliesBetween(thread, now - REPLIES_COUNT_FOR_MS, now + CLOCK_SKEW_MS);
}

async function compose(
	services: ComposeServices,
	thread: Standing,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ComposeOutcome> {
	const { composer, clock, signal, tools } = services;
	const speaker = await speakerIn(services, thread, turn, plan.smsPrompt);
	const { passed, task } = speaker;
	const known = happeningsOf(thread.actions);
	const { messages, report } = await historyFor(services, thread, turn.messages, plan, known);
	const instructions = promptOf({
		task: 'reply',
		agentName: speaker.name,
		smsPrompt: speaker.smsPrompt,
		onTask: task,
		maxCharacters: charactersIn(plan.text.maxSegments),
		context: factsOf(thread, {
			...plan.context,
			...(passed ? { 'Passed to you by': `${passed.by.name}: ${passed.reason}` } : {}),
		}),
		unfilled: plan.unfilled,
		now: clock.now(),
		timeZone: plan.timeZone,
		newestTextAt: turn.messages.at(-1)?.at,
		acts: tools !== undefined || known.length > 0,
		sees: services.see !== undefined,
	});
	const media = await services.see?.(turn.messages.flatMap((message) => message.media));
	let refused: string | undefined;
	const passTo = speaker.mayPassTo.map(({ name }) => name);
	const words: CompositionRequest = {
		...{ instructions, messages },
		...(passTo.length > 0 ? { passTo } : {}),
		...(task ? { taskOn: true } : {}),
		attachmentsRefused: (why) => (refused = why),
	};
	const request = media ? withAttachments(words, media) : words;
	const acted: Acted = tools
		? await composeWithTools(services, tools, { turn, plan }, request, report)
		: { kind: 'composed', composition: await composer.compose(request, signal), actions: [] };
	if (acted.kind === 'ended') return acted.outcome;
	const { composition, actions } = acted;
	const seen = {
		...{ history: report, media: media && mediaReport(media, refused) },
		...(tools ? { actions } : {}),
		...(passed ? { passed } : {}),
		...(task ? { task: { ...task, isDone: composition.taskDone === true } } : {}),
	};
	if (composition.kind === 'transfer') {
		const to = speaker.mayPassTo.find(({ name }) => name === composition.to);
		if (to === undefined) throw new Error('The model passed to an agent that was not offered');
		const { reason, usage } = composition;
		const by = { to: to.id, by: speaker.id, reason, through: newestSidOf(turn) };
		// What came with the texts is fetched once.
		const other = media
			? { ...services, see: async () => await Promise.resolve(media) }
			: services;
		return await composeAsOther(other, thread, turn, plan, by, { usage, actions });
	}
	const outcome = outcomeOf(composition, seen, turn, plan);
	if (outcome.kind !== 'replied' || composition.kind !== 'reply' || !tools) return outcome;
	// Of one that stands in both, what this run knows comes first, and is found.
	const all = [...actions, ...thread.actions];
	const { restsOn } = composition;
	return handOverUnearned(outcome.text, restsOn, all, outcome.composing) ?? outcome;
}

/** The turn is begun anew by the agent that it was passed to, who may not pass it on. */
async function composeAsOther(
	services: ComposeServices,
	thread: Standing,
	turn: ReplyTurn,
	plan: ReplyPlan,
	passed: Passed,
	done: { usage: TokenUsage | null; actions: readonly Action[] },
): Promise<ComposeOutcome> {
	const state = await passOn(services, thread, passed, turn.isTry === true);
	const again = turn.isTry ? thread : await readTurn(services, turn, plan);
	const silence = silenceFor(again, turn, services.clock.now());
	if (silence) return silence;
	// Of somebody who only tries, the thread does not know what was done.
	const undone = done.actions.filter(({ id }) => !again.actions.some((one) => one.id === id));
	const standing = { ...again, state, actions: [...again.actions, ...undone] };
	const outcome = await compose(services, standing, turn, plan);
	const { usage, actions = [] } = outcome.composing;
	const composing: ComposingReport = {
		...outcome.composing,
		usage: summed(done.usage, usage),
		...(services.tools ? { actions: [...done.actions, ...actions] } : {}),
	};
	return { ...outcome, composing };
}

function outcomeOf(
	composition: Exclude<Composition, { kind: 'transfer' }>,
	seen: Pick<ComposingReport, 'history' | 'actions' | 'passed' | 'media' | 'task'>,
	turn: ReplyTurn,
	{ text: rules }: ReplyPlan,
): ComposeOutcome {
	const { usage, model } = composition;
	const composing: ComposingReport = { usage, model, ...seen };
	switch (composition.kind) {
		case 'optOut':
			return optOutSeen(composition.words, turn, composing);
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
