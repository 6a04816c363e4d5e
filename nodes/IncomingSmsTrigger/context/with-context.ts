import type { ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';
import { withSpeaker } from '../../shared/contacts/speaker';
import { identityOfContact, readStanding, type Standing } from '../../shared/contacts/standing';
import { setContact } from '../../shared/desk/contacts';
import { addNote, setThreadFacts } from '../../shared/desk/threads';
import { agentsNamed, severalNamed, type Agent } from '../../shared/messaging/agent';
import type { Route } from '../../shared/messaging/routing';
import { reasonOf, withoutSecrets } from '../../shared/messaging/reason-of';
import { quoted } from '../../shared/messaging/text-bounds';
import { wholeTextTold } from '../../shared/n8n/agents/post-to-agent-webhook';
import { readerKey } from '../../shared/n8n/credentials/credential-reader';
import {
	keptSigningAccount,
	signingAccountOf,
} from '../../shared/n8n/credentials/signing-account.singleton';
import { TWILIO_CREDENTIAL } from '../../shared/n8n/credentials/twilio-credential';
import { logWarning } from '../../shared/n8n/host/log-warning';
import { n8nHttpClient } from '../../shared/n8n/host/n8n-http-client';
import { systemClock } from '../../shared/n8n/host/system-clock';
import { incomingText, type IncomingText } from '../../shared/n8n/items/incoming-text';
import {
	askForContext,
	LONGEST_CONTEXT,
	type AskedContext,
	type ContextAnswer,
} from '../../shared/receiving/ask-for-context';
import {
	agentBefore,
	agentDecided,
	moveTurn,
	rejectTurn,
	textsDecidedOn,
} from '../../shared/receiving/move-turn';
import type { Lateness } from '../../shared/receiving/catch-up-ports';
import type { ThreadServices } from '../../shared/threads/thread-store';
import type { Turn } from '../../shared/threads/turns/gather-turn';
import type { InboundMessage } from '../../shared/twilio/inbound/inbound-webhook';
import { ASK_FOR_CONTEXT } from '../fields';

/** A turn that was started, before its run begins. */
export interface StartedTurn {
	message: InboundMessage;
	route: Route;
	turn: Turn;
	lateness: Lateness | undefined;
}

export interface ContextDeps {
	url: string;
	/** All agents of the trigger. */
	agents: readonly Agent[];
	services: ThreadServices;
	/** Starts the turn anew in the conversation with another agent; undefined where somebody else has it. */
	startAnew(started: StartedTurn, route: Route): Promise<Turn | undefined>;
}

/** The turn as its run gets it, and what the item says beside. */
export type WithContext = Pick<StartedTurn, 'route' | 'turn'> & {
	told: Pick<IncomingText, 'contextVariables' | 'contextNote'>;
};

/**
 * Asks the builder's web address about the turn and does what it says. Undefined where no run is to start:
 * it was rejected, or somebody else has the turn by now. Without a usable answer the run starts as it would
 * have, with the agent of the contact's text before, and a note. Rejects only with StoreUnavailableError,
 * once the turn is on its way to another agent.
 */
export async function withContext(
	context: ITriggerFunctions | IWebhookFunctions,
	deps: ContextDeps,
	started: StartedTurn,
): Promise<WithContext | undefined> {
	const asked = await ask(context, deps, started);
	const { brand } = started.route.agent;
	const found = asked.kind === 'answered' ? choice(deps, asked.answer, brand) : asked;
	const said =
		found.kind === 'failed'
			? { ...nothing(context, found.reason), ...lastChoice(deps, started, brand) }
			: found;
	const { answer, notes } = said;

	const moved = await atItsAgent(deps, started, said);
	if (moved === undefined) return undefined;
	const { turn, route } = moved;
	notes.push(...moved.notes, ...(await keep(deps.services, turn.thread.threadId, answer)));
	if (answer.reject !== undefined) {
		await reject(deps.services, turn, answer.reject);
		context.logger.info(
			`${context.getNode().name}: ${ASK_FOR_CONTEXT} rejected a text, so no run started.`,
		);
		return undefined;
	}
	const contextNote = notes.length > 0 ? notes.join(' ') : null;
	return { route, turn, told: { contextVariables: answer.variables, contextNote } };
}

async function ask(
	context: ITriggerFunctions | IWebhookFunctions,
	{ url, services }: ContextDeps,
	{ message, route, turn, lateness }: StartedTurn,
): Promise<AskedContext> {
	try {
		const whole = { ...turn, texts: textsDecidedOn(turn) };
		const text = incomingText('message', message, route, whole, lateness);
		const [standing, { notifySigningSecret: secret }] = await Promise.all([
			readStanding(services, text.threadId, 1),
			signingAccount(context),
		]);
		const http = n8nHttpClient(
			async (request): Promise<unknown> => await context.helpers.httpRequest(request),
			LONGEST_CONTEXT,
		);
		const payload = {
			type: 'sms.context',
			timestamp: text.receivedAt,
			data: question(text, standing),
		};
		const id = `${text.messageSid}-${route.agent.id}-context`;
		return await askForContext({ url, id, payload, secret }, { http, clock: systemClock });
	} catch (error) {
		return { kind: 'failed', reason: reasonOf(error) };
	}
}

/** As it was read to prove the text; or anew, after a minute. */
async function signingAccount(context: ITriggerFunctions | IWebhookFunctions) {
	const reader = readerKey(context, TWILIO_CREDENTIAL);
	return await keptSigningAccount(
		reader,
		async () => await signingAccountOf(context),
		systemClock,
	);
}

/** As an agent's webhook is told of the text, and what is known of who wrote it. */
function question(text: IncomingText, { contact, state }: Standing) {
	return {
		...wholeTextTold(text),
		known: {
			name: contact.name,
			timeZone: contact.timeZone,
			facts: contact.facts,
			metadata: state.metadata,
		},
	};
}

interface Said {
	kind: 'said';
	answer: ContextAnswer;
	/** Whom it wants. */
	agent?: Agent;
	/** Sentences for the item. */
	notes: string[];
}

/**
 * An answer that names an agent whom this trigger does not have answer texts is no use as a whole; nor one
 * of another brand: the contact's STOP, which is not asked about, would not silence that agent.
 */
function choice(
	{ agents }: ContextDeps,
	answer: ContextAnswer,
	brand: string,
): Said | Extract<AskedContext, { kind: 'failed' }> {
	const { agent: name } = answer;
	if (name === undefined) return { kind: 'said', answer, notes: [] };
	const unusable = (why: string) =>
		({ kind: 'failed', reason: `the answer cannot be used: ${why}` }) as const;
	const meant = agentsNamed(agents, name);
	if (meant.length > 1) return unusable(severalNamed(name, meant).cause);
	const [agent] = meant;
	if (agent && mayAnswer(agent, brand)) return { kind: 'said', answer, agent, notes: [] };
	let what = 'is no agent of this trigger';
	if (agent) what = agent.brand === brand ? 'does not start this workflow' : 'has another brand';
	return unusable(`agent ${quoted(name)} ${what}`);
}

/** Without an answer the contact stays with whom they have: a person may have them there. */
function lastChoice(
	{ agents }: ContextDeps,
	{ turn }: StartedTurn,
	brand: string,
): Pick<Said, 'agent'> {
	const id = agentBefore(turn);
	const agent = agents.find((one) => one.id === id && mayAnswer(one, brand));
	return agent ? { agent } : {};
}

function mayAnswer({ onText, brand }: Agent, ofBrand: string): boolean {
	return onText !== 'notify' && brand === ofBrand;
}

function nothing(context: ITriggerFunctions | IWebhookFunctions, reason: string): Said {
	const note = withoutSecrets(`${ASK_FOR_CONTEXT}: ${reason.replace(/\.$/, '')}.`);
	logWarning(context, 'context', `${note} The run starts without it.`);
	return { kind: 'said', answer: { variables: {}, facts: {}, metadata: {} }, notes: [note] };
}

const STAYS = {
	cameFromThere: 'it has come from the other agent already',
	ofPerson: 'a person has the conversation',
	newerText: 'the contact has written again since',
};

/** In the conversation with the agent that the answer names; undefined where somebody else has it there. */
async function atItsAgent(
	deps: ContextDeps,
	started: StartedTurn,
	{ answer, agent: wanted }: Said,
): Promise<(Pick<StartedTurn, 'route' | 'turn'> & { notes: string[] }) | undefined> {
	const { route, turn } = started;
	const newestSid = turn.texts.at(-1)?.messageSid ?? '';
	const decided = agentDecided(turn.thread, newestSid);
	const before = deps.agents.find(({ id }) => id === decided);
	const agent = before ?? (answer.reject === undefined ? wanted : undefined);
	if (agent === undefined || agent.id === route.agent.id) return { route, turn, notes: [] };
	const thread = await moveTurn(deps.services, turn, agent.id);
	if (typeof thread === 'string') {
		const note = `${ASK_FOR_CONTEXT}: this text stays with ${quoted(route.agent.name)}, since ${STAYS[thread]}.`;
		return { route, turn, notes: [note] };
	}
	const own: Route = { agent, index: deps.agents.indexOf(agent), matchedBy: 'context' };
	const to = withSpeaker(deps.agents, own, thread.state);
	const anew = await deps.startAnew({ ...started, turn: { ...turn, thread } }, to);
	return anew && { route: to, turn: anew, notes: [] };
}

/** Writes down what is to be known from now on; resolves to what went wrong with it. */
async function keep(
	services: ThreadServices,
	threadId: string,
	{ facts, metadata }: ContextAnswer,
): Promise<string[]> {
	const notes: string[] = [];
	const tried = async (what: string, work: () => Promise<unknown>) => {
		try {
			await work();
		} catch (error) {
			notes.push(`${ASK_FOR_CONTEXT}: ${what} could not be kept: ${reasonOf(error)}.`);
		}
	};
	const known =
		Object.keys({ ...facts, ...metadata }).length > 0
			? await readStanding(services, threadId, 1).catch(() => undefined)
			: undefined;
	if (isNews(facts, known?.contact.facts)) {
		await tried('facts', async () => {
			const identity = await identityOfContact(services, threadId);
			await setContact(services, identity, { facts });
		});
	}
	if (isNews(metadata, known?.state.metadata)) {
		await tried('metadata', async () => await setThreadFacts(services, threadId, metadata));
	}
	return notes;
}

function isNews(
	given: Readonly<Record<string, string>>,
	known: Readonly<Record<string, string>> = {},
): boolean {
	return Object.entries(given).some(([name, value]) => (known[name] ?? '') !== value);
}

/** The texts stay in the conversation, with a note for people; nobody begins a run for them later. */
async function reject(services: ThreadServices, turn: Turn, reason: string): Promise<void> {
	await rejectTurn(services, turn);
	// What failed here leaves no text behind.
	await addNote(services, turn.thread.threadId, {
		by: ASK_FOR_CONTEXT,
		text: `No run started: ${reason}`,
	}).catch(() => undefined);
}
