import type { Composition, TokenUsage } from '../composing/parse-answer';
import type {
	CompositionRequest,
	ReplyComposer,
	ToolCall,
	ToolRound,
} from '../composing/reply-composer';
import type { Clock } from '../messaging/clock';
import { actionKey, canonicalJson, type Action } from '../threads/actions';
import type { ActionLog } from './action-log';
import { callTool } from './call-tool';
import { answerTo } from './shown-actions';
import { TURN_ACTS_FOR_MS, type ActingLimits, type Tool } from './tool';

/** What composing with tools needs. */
export interface Acting<Stop> {
	composer: ReplyComposer;
	clock: Clock;
	signal?: AbortSignal | undefined;
	tools: readonly Tool[];
	limits: ActingLimits;
	log: ActionLog;
	/** SID of the oldest text of the turn. */
	oldestSid: string;
	/** Asked before each call that changes something: why the turn must go no further, if so. */
	whyStop: () => Promise<Stop | undefined>;
}

export type ActedComposition<Stop> = {
	/** What was done for this answer, in order; what an earlier run of the turn did only where it was asked for again. */
	actions: Action[];
} & (
	| { kind: 'composed'; composition: Composition }
	/** Nothing is to be done or said any more. */
	| { kind: 'stopped'; stop: Stop }
	/** Nobody can tell whether it happened. */
	| { kind: 'uncertain'; action: Action }
	/** The model goes on and on. */
	| { kind: 'endless' }
);

/**
 * Composes an answer for which the model may call tools. A call that changes something is made at most
 * once in a turn: it is written down before it is made and after, and one that is known already is
 * answered from there. Rejects as the composer does, and with StoreUnavailableError.
 */
export async function composeActing<Stop>(
	acting: Acting<Stop>,
	request: CompositionRequest,
): Promise<ActedComposition<Stop>> {
	const { composer, tools, limits, signal, clock } = acting;
	const rounds: ToolRound[] = [];
	const actions: Action[] = [];
	const began = clock.elapsed();
	let usage: TokenUsage | null = null;
	let asked = 0;
	let isOver = false;
	for (;;) {
		const step = await composer.step({ ...request, tools, rounds }, signal);
		usage = summed(usage, step.usage);
		if (step.kind !== 'toolCalls') {
			return { kind: 'composed', composition: { ...step, usage }, actions };
		}
		// It has been told that it may call no more.
		if (isOver) return { kind: 'endless', actions };
		const round: Array<ToolCall & { answer: string }> = [];
		for (const call of step.calls.slice(0, MOST_AT_ONCE)) {
			asked += 1;
			isOver ||= asked > limits.maxCalls || clock.elapsed() - began > TURN_ACTS_FOR_MS;
			const outcome = isOver ? NO_MORE_CALLS : await make(acting, call);
			if (typeof outcome === 'string') {
				round.push({ ...call, answer: outcome });
				continue;
			}
			if (outcome.kind === 'stopped') return { ...outcome, actions };
			const { action } = outcome;
			if (!actions.some(({ id }) => id === action.id)) actions.push(action);
			if (action.state === 'uncertain') return { kind: 'uncertain', action, actions };
			round.push({ ...call, answer: answerTo(action) });
		}
		rounds.push(round);
	}
}

/** More in one answer of a model is a fault of it. */
const MOST_AT_ONCE = 20;

const NO_MORE_CALLS =
	'Not called: no more calls are allowed for this text. Answer the contact with what you know, or hand over.';

/** Words for the model where there was nothing to call. */
type Made<Stop> = string | { kind: 'made'; action: Action } | { kind: 'stopped'; stop: Stop };

async function make<Stop>(
	{ tools, limits, log, oldestSid, whyStop, signal }: Acting<Stop>,
	call: ToolCall,
): Promise<Made<Stop>> {
	const tool = tools.find(({ name }) => name === call.tool);
	if (!tool) {
		return `Not called: there is no tool of this name. There are: ${tools.map(({ name }) => name).join(', ')}.`;
	}
	const { arguments: args } = call;
	if (!args) return 'Not called: the arguments are no JSON object.';
	const words = canonicalJson(args);
	const key = actionKey(oldestSid, tool.name, words);
	if (!tool.onlyLooks) {
		const stop = await whyStop();
		if (stop !== undefined) return { kind: 'stopped', stop };
	}
	const { name, onlyLooks } = tool;
	const begun = await log.begin({ tool: name, arguments: words, key, onlyLooks });
	if (begun.kind === 'known') {
		const { action } = begun;
		// Whoever began it does not work on this thread any more.
		if (action.state !== 'running') return { kind: 'made', action };
		const why = 'another run had begun it, and did not say what came of it';
		return { kind: 'made', action: await log.end(action, 'uncertain', why) };
	}
	const { state, result } = await callTool(tool, args, limits.callTimeoutMs, signal).catch(
		async (error: unknown) => {
			// Somebody stopped the run in the middle of it.
			await log.end(
				begun.action,
				onlyLooks ? 'failed' : 'uncertain',
				'the run was stopped meanwhile',
			);
			throw error;
		},
	);
	return { kind: 'made', action: await log.end(begun.action, state, result) };
}

export function summed(one: TokenUsage | null, other: TokenUsage | null): TokenUsage | null {
	if (!one || !other) return one ?? other;
	return {
		promptTokens: one.promptTokens + other.promptTokens,
		completionTokens: one.completionTokens + other.completionTokens,
		totalTokens: one.totalTokens + other.totalTokens,
	};
}
