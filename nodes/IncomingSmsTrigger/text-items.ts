import type { INodeExecutionData, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';
import { leaveTextsToPerson } from '../shared/receiving/leave-to-person';
import type { RecordedText } from '../shared/receiving/record-inbound';
import type { Agent } from '../shared/messaging/agent';
import type { Route } from '../shared/messaging/routing';
import { incomingText, type IncomingEvent, type Lateness } from '../shared/n8n/items/incoming-text';
import type { SigningAccount } from '../shared/n8n/credentials/signing-account.singleton';
import { twilioAccountIn, twilioAccountOf } from '../shared/n8n/credentials/twilio-account';
import { thisProcess } from '../shared/n8n/host/environment';
import { systemClock } from '../shared/n8n/host/system-clock';
import {
	AT_ONCE,
	gatherTurn,
	type BurstPolicy,
	type Turn,
	type TurnStart,
} from '../shared/threads/turns/gather-turn';
import type { OpenThreadStore, Thread } from '../shared/threads/thread-store';
import type { InboundMessage } from '../shared/twilio/inbound/inbound-webhook';
import type { StartedTurn } from './context/with-context';
import { endsEveryRun } from './ends-every-run';
import { onOutputs, outputsFor } from './outputs';
import type { TriggerSettings } from './fields';

/** The events that the words of consent have. */
const CONSENT_EVENTS = { stop: 'optOut', start: 'optIn', help: 'help' } as const;

export interface ReceivedText {
	message: InboundMessage;
	route: Route;
	/** All agents of the trigger. */
	agents: readonly Agent[];
	recorded: RecordedText;
	account: SigningAccount;
	store: OpenThreadStore;
	/** Of a text that was found at Twilio later. */
	lateness?: Lateness;
}

/**
 * What a text starts, by output: nothing where a newer text of the same turn will, nor for STOP,
 * START, HELP and reactions unless asked for. Asks for context, downloads media and notifies the agent's
 * webhook on the way; none of it can lose the text.
 */
export async function itemsOfText(
	context: IWebhookFunctions,
	settings: TriggerSettings,
	received: ReceivedText,
): Promise<INodeExecutionData[][]> {
	const { route } = received;
	const finish = await finishing(context, settings, received);
	const [started, notifyFailure] = await Promise.all([
		startedBy(context, settings, received),
		notifyFailureOf(context, received),
	]);
	const text = started && (await finish(started));
	const { notifyFailed } = outputsFor(route, settings.separateOutputs);
	return onOutputs([
		...(text ? [text] : []),
		...(notifyFailure ? [{ output: notifyFailed, item: notifyFailure }] : []),
	]);
}

/**
 * What a late text starts by itself, apart from its turn: the word of consent or the reaction, where
 * asked for, and what tells that the agent's webhook was not reached.
 */
export async function itemsOfLateText(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	received: ReceivedText,
): Promise<INodeExecutionData[][]> {
	const { route, recorded, message, lateness } = received;
	const notifyFailure = await notifyFailureOf(context, received);
	const event = eventOf(settings, recorded, route);
	const json = event && { ...incomingText(event, message, route, turnOfOne(recorded), lateness) };
	const outputs = outputsFor(route, settings.separateOutputs);
	return onOutputs([
		...(json ? [{ output: outputs.text, item: { json } }] : []),
		...(notifyFailure ? [{ output: outputs.notifyFailed, item: notifyFailure }] : []),
	]);
}

/** The turn of late texts, by output, once it is written down as started. */
export async function itemsOfLateTurn(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	late: Pick<ReceivedText, 'message' | 'route' | 'lateness' | 'agents' | 'store'>,
	turn: Turn,
): Promise<INodeExecutionData[][]> {
	const finish = await finishing(context, settings, late);
	const { message, route, lateness } = late;
	const text = await finish({ event: 'message', message, route, turn, lateness });
	return onOutputs(text ? [text] : []);
}

/** A text of the thread whose turn is to be handed to a run. */
export interface GatheredText {
	message: InboundMessage;
	route: Route;
	/** All agents of the trigger. */
	agents: readonly Agent[];
	/** Its newest messages, with this text in it. */
	thread: Thread;
	store: OpenThreadStore;
	/** How long to wait for more texts. */
	burst: BurstPolicy;
	lateness?: Lateness;
}

/**
 * The turn that this text begins, by output, for a text that came long ago: it waits for no more.
 * Empty where somebody else has it meanwhile. Once this resolves, a run is written down as started.
 */
export async function itemsOfTurn(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	gathered: Omit<GatheredText, 'burst'>,
): Promise<INodeExecutionData[][]> {
	const finish = await finishing(context, settings, gathered);
	const { message, route, lateness } = gathered;
	const turn = await turnOf(context, settings, { ...gathered, burst: AT_ONCE });
	const text = turn && (await finish({ event: 'message', message, route, turn, lateness }));
	return onOutputs(text ? [text] : []);
}

/** What is written down with the start of a turn that a run of this trigger answers. */
export function turnStart(
	context: ITriggerFunctions | IWebhookFunctions,
	route: Route,
	separateOutputs: boolean,
): TurnStart {
	const { text: output } = outputsFor(route, separateOutputs);
	const mayEndSilently = !endsEveryRun(context, output);
	return { startedBy: thisProcess(), startedFor: turnsOf(context), mayEndSilently };
}

/** The trigger as the turns that came to it know it. */
export function turnsOf(context: ITriggerFunctions | IWebhookFunctions): string {
	return `${context.getWorkflow().id ?? ''}:${context.getNode().id}`;
}

async function turnOf(
	context: ITriggerFunctions | IWebhookFunctions,
	{ separateOutputs, runForPerson }: TriggerSettings,
	{ message, route, thread, store, burst }: GatheredText,
): Promise<Turn | undefined> {
	const start = turnStart(context, route, separateOutputs);
	const services = { store, clock: systemClock };
	const isLeft =
		!runForPerson && (await leaveTextsToPerson(services, thread, message.messageSid));
	if (isLeft) return undefined;
	return await gatherTurn(services, thread, message.messageSid, burst, start);
}

/** What a run starts with; undefined where this text starts none. */
async function startedBy(
	context: IWebhookFunctions,
	settings: TriggerSettings,
	{ message, route, recorded, agents, store, lateness }: ReceivedText,
): Promise<Started | undefined> {
	if (recorded.kind === 'consent' || recorded.kind === 'reaction') {
		const event = eventOf(settings, recorded, route);
		return event && { event, message, route, turn: turnOfOne(recorded), lateness };
	}
	if (route.agent.onText === 'notify') return undefined;
	// A repeated delivery too: the process that took the first one may have died while it waited.
	const { thread } = recorded;
	const { burst } = settings;
	const gathered = { message, route, agents, thread, store, burst };
	const turn = await turnOf(context, settings, gathered);
	return turn && { event: 'message', message, route, turn, lateness };
}

/** What a text that nobody answers starts a run as, where the builder wants one. */
function eventOf(
	settings: TriggerSettings,
	recorded: RecordedText,
	{ agent }: Route,
): IncomingEvent | undefined {
	if (recorded.kind === 'consent') {
		return settings.runOnConsentWords ? CONSENT_EVENTS[recorded.word] : undefined;
	}
	const wanted = settings.runOnReactions && agent.onText !== 'notify';
	return recorded.kind === 'reaction' && wanted ? 'reaction' : undefined;
}

function turnOfOne({ message, thread }: RecordedText): Turn {
	return { texts: [message], thread };
}

async function notifyFailureOf(
	context: ITriggerFunctions | IWebhookFunctions,
	{ message, route, recorded, account, lateness }: ReceivedText,
): Promise<INodeExecutionData | undefined> {
	const isNews = recorded.kind === 'text' || recorded.kind === 'reaction';
	if (!isNews || route.agent.onText === 'reply') return undefined;
	const { notifyAgentWebhook } = await import('./notify-agent-webhook.js');
	const event = recorded.kind === 'reaction' ? 'reaction' : 'message';
	const text = incomingText(event, message, route, turnOfOne(recorded), lateness);
	return await notifyAgentWebhook(context, route.agent, text, account);
}

/** A run that is to start. */
interface Started extends StartedTurn {
	event: IncomingEvent;
}

type Finish = (
	started: Started,
) => Promise<{ output: number; item: INodeExecutionData } | undefined>;

/**
 * Makes the item of a started run: asks for context and downloads files, where asked for; undefined where
 * no run is to start after all. To be had before anything is waited for: an update of the package takes
 * the files of this copy away.
 */
async function finishing(
	context: ITriggerFunctions | IWebhookFunctions,
	settings: TriggerSettings,
	{
		agents,
		store,
		account,
	}: Pick<ReceivedText, 'agents' | 'store'> & Partial<Pick<ReceivedText, 'account'>>,
): Promise<Finish> {
	const withMedia = await mediaDownload(context, settings, account);
	const { contextUrl: url, separateOutputs } = settings;
	const asking = url === undefined ? undefined : await import('./context/with-context.js');
	return async (started) => {
		const { event, message, lateness } = started;
		let { route, turn } = started;
		let told = {};
		if (asking && url !== undefined && event === 'message') {
			const found = await asking.withContext(
				context,
				{
					...{ url, agents, services: { store, clock: systemClock } },
					startAnew: async ({ turn: { thread } }, to) =>
						await turnOf(context, settings, {
							...{ message, agents, thread, store, burst: AT_ONCE },
							route: to,
						}),
				},
				started,
			);
			if (found === undefined) return undefined;
			({ route, turn, told } = found);
		}
		const text = incomingText(event, message, route, turn, lateness);
		const item = await withMedia({ json: { ...text, ...told } });
		return { output: outputsFor(route, separateOutputs).text, item };
	};
}

/** Adds the files that came with a text to its item, where asked for. */
async function mediaDownload(
	context: ITriggerFunctions | IWebhookFunctions,
	{ maxMediaBytes }: TriggerSettings,
	account: SigningAccount | undefined,
): Promise<(item: INodeExecutionData) => Promise<INodeExecutionData>> {
	if (maxMediaBytes === undefined) return async (item) => item;
	const { withDownloadedMedia } = await import('./download-media.js');
	return async (item) => {
		const { media } = item.json as { media?: unknown[] };
		if (!media?.length) return item;
		const read = async () =>
			account ? twilioAccountIn(account) : await twilioAccountOf(context);
		return await withDownloadedMedia(context, item, maxMediaBytes, read());
	};
}
