import { actionLogOf, unkeptActionLog } from '../acting/action-log';
import { composeActing } from '../acting/compose-acting';
import type { Tool } from '../acting/tool';
import { unearnedClaim } from '../acting/unearned-claim';
import type { HistoryReport } from '../composing/history';
import type { Composition } from '../composing/parse-answer';
import type { CompositionRequest } from '../composing/reply-composer';
import { readStanding, type Standing } from '../contacts/standing';
import { giveUpRunning, type Action } from '../threads/actions';
import { NEWEST_MESSAGES, type ThreadServices } from '../threads/thread-store';
import { NOT_COMPOSED, type ComposingReport, type ReplyOutcome } from './reply-outcome';
import type { ComposeServices } from './reply-services';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';
import { silenceFor } from './silence';

type NeedsHuman = Extract<ReplyOutcome, { kind: 'needsHuman' }>;

/** What composing came to: words, or an end without any. */
export type Acted =
	| { kind: 'composed'; composition: Composition; actions: Action[] }
	| { kind: 'ended'; outcome: ReplyOutcome };

/**
 * Composes with tools, under the lease on the thread. Before each action the thread is looked at again:
 * for a turn that is stale or a person's, nothing more is done. Rejects as the composer does, and with
 * StoreUnavailableError.
 */
export async function composeWithTools(
	services: ComposeServices,
	tools: readonly Tool[],
	{ turn, plan }: { turn: ReplyTurn; plan: ReplyPlan },
	request: CompositionRequest,
	history: HistoryReport,
): Promise<Acted> {
	const { composer, clock, signal, store } = services;
	const { threadId } = turn;
	const acted = await composeActing(
		{
			...{ composer, clock, signal, tools },
			limits: plan.acting,
			log: turn.isTry ? unkeptActionLog(clock) : actionLogOf(store.records, threadId, clock),
			oldestSid: turn.messages[0]?.messageSid ?? newestSidOf(turn),
			whyStop: async () => {
				if (turn.isTry) return undefined;
				const standing = await readStanding(services, threadId, NEWEST_MESSAGES);
				return silenceFor(standing, turn, clock.now());
			},
		},
		request,
	);
	const { actions } = acted;
	const composing: ComposingReport = { usage: null, model: null, history, actions };
	switch (acted.kind) {
		case 'composed':
			return acted;
		case 'stopped':
			return { kind: 'ended', outcome: { ...acted.stop, composing } };
		case 'uncertain':
			return { kind: 'ended', outcome: uncertainAction([acted.action], composing) };
		case 'endless':
			return {
				kind: 'ended',
				outcome: {
					kind: 'needsHuman',
					code: 'tooManyActions',
					reason: `The model wanted more than the ${plan.acting.maxCalls} calls of tools that one reply may take.`,
					handover: null,
					composing,
				},
			};
	}
}

/**
 * What a run that died had begun: nobody can tell whether it happened, so it is not done again, and a
 * person has to look. To be asked by whoever holds the lease on the thread. Undefined where there is
 * none. Rejects with StoreUnavailableError.
 */
export async function handOverDeadActions(
	{ store }: Pick<ThreadServices, 'store'>,
	{ threadId, actions }: Standing,
): Promise<NeedsHuman | undefined> {
	if (actions.every(({ state }) => state !== 'running')) return undefined;
	const why = 'n8n was stopped while it was at it';
	const given = await giveUpRunning(store.records, threadId, why);
	return given.length > 0 ? uncertainAction(given) : undefined;
}

function uncertainAction(
	actions: readonly Action[],
	composing: ComposingReport = NOT_COMPOSED,
): NeedsHuman {
	const told = actions.map(
		({ tool, arguments: args, result }) => `${tool} ${args} (${result.replace(/\.$/, '')})`,
	);
	return {
		kind: 'needsHuman',
		code: 'actionUncertain',
		reason: `Nobody can tell whether this was done: ${told.join('; ')}. It is not done again by itself. Look whether it was, and answer the contact.`,
		handover: null,
		composing,
	};
}

/** For words that report what the agent has not done; undefined where they may go out. */
export function handOverUnearned(
	words: string,
	restsOn: readonly string[] | undefined,
	actions: readonly Action[],
	composing: ComposingReport,
): NeedsHuman | undefined {
	const why = unearnedClaim({ text: words, ...(restsOn ? { restsOn } : {}) }, actions);
	if (why === undefined) return undefined;
	return {
		kind: 'needsHuman',
		code: 'unearnedClaim',
		reason: `The reply was not sent: ${why}. Its words are in unsentText.`,
		handover: null,
		unsentText: words,
		composing,
	};
}
