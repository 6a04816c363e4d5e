import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import type { Agent } from '../shared/messaging/agent';
import type { Route } from '../shared/messaging/routing';
import { withSpeaker } from '../shared/contacts/speaker';
import { routesFor } from '../shared/messaging/routing';
import { parseThreadId } from '../shared/messaging/thread-id';
import { reasonOf, reasonWithFix } from '../shared/messaging/reason-of';
import { agentsTask } from '../shared/n8n/agents/keep-agents';
import { twilioAccountOf } from '../shared/n8n/credentials/twilio-account';
import { runsInQueueMode, thisProcess } from '../shared/n8n/host/environment';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { beginRun } from '../shared/n8n/upkeep/begin-run';
import { Kept } from '../shared/n8n/upkeep/kept';
import { startTriggerUpkeep } from '../shared/n8n/upkeep/trigger-upkeep';
import { SWEEP } from '../shared/n8n/upkeep/names';
import { emitProbe, queueProbe } from '../shared/n8n/upkeep/queue-probe';
import { INSTALL_EVERYWHERE } from '../shared/n8n/upkeep/one-version';
import { triggerKeyOf } from '../shared/n8n/upkeep/trigger-key';
import type { UpkeepTask } from '../shared/n8n/upkeep/upkeep';
import { TurnWatch, type DueTurn, type WatchedTurns } from '../shared/threads/turns/open-turns';
import type { Message } from '../shared/messaging/message';
import type { Lateness } from '../shared/receiving/catch-up-ports';
import { latenessOf } from '../shared/receiving/late-texts';
import { storedText } from '../shared/receiving/record-inbound';
import type { InboundMessage } from '../shared/twilio/inbound/inbound-webhook';
import type { OpenThreadStore, Thread } from '../shared/threads/thread-store';
import { SideBySide } from './context/side-by-side';
import { endingsTask } from './endings/endings-task';
import { agentsWithMemory } from './endings/remembering-agents';
import { catchUpTask } from './catch-up-task';
import type { OpenTurns } from '../shared/threads/turns/look-plan';
import { endsEveryRun } from './ends-every-run';
import { read, type TriggerSettings } from './fields';
import { itemsOfTurn, turnsOf } from './text-items';
import { connectingOf } from './webhook-hooks';

/** Milliseconds that the way from a text's record to its run may take. */
const SETTLING_MS = 5_000;
/** In queue mode others take the texts in and run them, and cannot tell this process. */
const LOOK_EVERY_MS = 60_000;
/** A text that waited so long for its run is told of as late. */
const LATE_FROM_MS = 5 * 60_000;

/** From now on, until the workflow is unpublished, nobody who texts waits in vain. */
export async function lookAfterTexts(context: ITriggerFunctions): Promise<ITriggerResponse> {
	return await startTriggerUpkeep(context, {
		connecting: () => connectingOf(context),
		// What the fields say is read now: later n8n has no engine ready for expressions.
		tasks: () => {
			const settings = read(context);
			const agents = agentsWithMemory(context, settings.separateOutputs);
			const ends = endingsTask(context, settings, agents);
			const { missed } = settings;
			const catchUp = missed ? [catchUpTask(context, settings, missed, agents)] : [];
			const kept = agentsTask(context, agents, 'texts');
			const sweep = sweepTask(context, settings, agents);
			return [kept, sweep, ...catchUp, ...(ends ? [ends] : [])];
		},
	});
}

function sweepTask(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	agents: [Agent, ...Agent[]],
): UpkeepTask {
	const choice = storeChoiceOfTrigger(context);
	const watch = new TurnWatch();
	const { burst } = settings;
	const watched: Omit<WatchedTurns, 'accountSid'> = {
		agentIds: agents.filter(({ onText }) => onText !== 'notify').map(({ id }) => id),
		waitingMs: SETTLING_MS + (burst.quietMs > 0 ? burst.maxWaitMs : 0),
		runsEnd: endsEveryRun(context),
		here: runsInQueueMode() ? undefined : thisProcess(),
		trigger: turnsOf(context),
		unreadable: ({ fix }) => logWarning(context, 'unreadable', fix),
	};
	const opened = new Kept(async () => {
		const { accountSid } = await twilioAccountOf(context);
		return { accountSid, store: await openThreadStore(context, choice) };
	}, systemClock);
	let told = '';
	const asking = new SideBySide(settings.contextUrl !== undefined, (error) => {
		const what = `A text that waits could not be handed to a run, and is tried again: ${reasonWithFix(error)}`;
		logWarning(context, 'handIn', what);
	});
	return {
		name: SWEEP,
		async look(now, signal) {
			const open = await opened.use(async ({ accountSid, store }) => {
				const services = { store, clock: systemClock, signal };
				const queue = queueProbe(
					services,
					triggerKeyOf(context),
					emitProbe(context),
					(error) => tellUnableWorker(context, error),
				);
				const turns = { ...watched, accountSid };
				return await watch.look(services, turns, queue, async (due) => {
					await asking.begin(
						async () => await handIn(context, settings, agents, store, due),
					);
				});
			});
			const waiting = whatWaits(open, context.getTimezone());
			if (waiting.kind !== told)
				context.logger.info(`${context.getNode().name}: ${waiting.words}`);
			told = waiting.kind;
			const regular = open.next ?? Infinity;
			const next =
				watched.here === undefined ? Math.min(regular, now + LOOK_EVERY_MS) : regular;
			return Number.isFinite(next) ? next : undefined;
		},
	};
}

/** A text has no answer yet, and a run that was to find out why has failed. */
function tellUnableWorker(context: ITriggerFunctions, error: unknown): void {
	const what = `n8n cannot run this workflow, and texts wait: ${reasonOf(error)}`;
	const fix = runsInQueueMode() ? ` ${INSTALL_EVERYWHERE} What waits is answered then.` : '';
	logWarning(context, 'unable', `${what.replace(/[.!?]$/, '')}.${fix}`);
}

/** Starts a run with the turn, unless somebody else has it meanwhile. */
async function handIn(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	agents: [Agent, ...Agent[]],
	store: OpenThreadStore,
	{ thread, text }: DueTurn,
): Promise<void> {
	const identity = parseThreadId(thread.threadId);
	if (identity === undefined) return;
	const { accountSid, contact: from } = identity;
	const message = storedText({ accountSid, from }, text);
	const own = routeOf(agents, message, identity.agentId);
	const route = withSpeaker(agents, own, thread.state);
	const gathered = { message, route, agents, thread, store };
	const lateness = latenessIn(settings, thread, text);
	const items = await itemsOfTurn(context, settings, {
		...gathered,
		...(lateness && { lateness }),
	});
	if (items.length > 0) await beginRun(context, items);
}

/**
 * A run that was lost may be found long after: n8n was down meanwhile. What is tried again has a limit of
 * its own; the model, asked once n8n is back, would know none.
 */
function latenessIn(
	{ missed }: TriggerSettings,
	{ state }: Thread,
	{ at, messageSid }: Message,
): Lateness | undefined {
	const [came, now] = [Date.parse(at), systemClock.now()];
	if (missed === undefined || now - came < LATE_FROM_MS) return undefined;
	const lateness = latenessOf(came, now, missed.upToMs);
	if (state.retry?.through !== messageSid) return lateness;
	return state.retry.why === 'modelFailed' && lateness.tooLate ? lateness : undefined;
}

/** A thread stays with its agent, also where the builder has given the number to another one since. */
function routeOf(agents: [Agent, ...Agent[]], message: InboundMessage, agentId: string): Route {
	const { all } = routesFor(agents, message);
	const route = all.find(({ agent }) => agent.id === agentId);
	if (route !== undefined) return route;
	const index = agents.findIndex(({ id }) => id === agentId);
	const agent = agents[index];
	return agent ? { agent, index, matchedBy: 'number' } : all[0];
}

/** How many conversations wait, and for what, for n8n's log. `kind` changes with it, and not with the time alone. */
function whatWaits(
	{ toSend, nextSendAt, forModel }: Pick<OpenTurns, 'toSend' | 'nextSendAt' | 'forModel'>,
	timeZone: string,
): { kind: string; words: string } {
	const all = toSend + forModel;
	if (all === 0) return { kind: '', words: 'No conversation waits any more.' };
	const next = nextSendAt === undefined ? '' : ` (next at ${timeOf(nextSendAt, timeZone)})`;
	const parts = [
		...(toSend > 0 ? [`${toSend} for another try at sending${next}`] : []),
		...(forModel > 0 ? [`${forModel} for the model`] : []),
	];
	const who = all === 1 ? '1 conversation waits' : `${all} conversations wait`;
	return { kind: `${toSend}/${forModel}`, words: `${who}: ${parts.join(', ')}.` };
}

function timeOf(at: number, timeZone: string): string {
	const shown = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const;
	return new Intl.DateTimeFormat('en', shown).format(at);
}
