import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import type { Agent } from '../shared/messaging/agent';
import { n8nHttpClient } from '../shared/n8n/host/n8n-http-client';
import {
	signingAccountOf,
	type SigningAccount,
} from '../shared/n8n/credentials/signing-account.singleton';
import { runsInQueueMode, thisProcess } from '../shared/n8n/host/environment';
import { systemClock } from '../shared/n8n/host/system-clock';
import { findStranded } from '../shared/threads/turns/find-stranded';
import type { OpenThreadStore } from '../shared/threads/thread-store';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { readAgents } from '../shared/n8n/agents/read-agents';
import { redeliver } from '../shared/receiving/redeliver';
import { forgetSweep, lookBackTo, sweepDue } from '../shared/receiving/sweep-schedule.singleton';
import type { OwnWebhookUrl } from '../shared/twilio/registration/own-webhook-url';
import { logWarning } from '../shared/n8n/host/log-warning';
import { reasonOf } from '../shared/messaging/reason-of';

/** Milliseconds; longer than a run may take to start, and than sweeps are apart. */
const SWEEP_AGAIN_MS = 65_000;

interface SweptTrigger {
	store: OpenThreadStore;
	/** The trigger's own URL. */
	url: string;
	account: SigningAccount;
	agents: readonly Agent[];
	/** Milliseconds that a text may wait for more texts before a run starts; see `StrandedQuery`. */
	waitingMs: number;
}

/**
 * Delivers again what was taken in and then lost its run to a crash, if it is time to look for it.
 * Never rejects: whoever sweeps has work of its own, and what a sweep misses the contact's next
 * text takes along.
 */
export async function sweepIfDue(
	context: IHookFunctions | IWebhookFunctions,
	trigger: SweptTrigger,
): Promise<void> {
	// Texts in a store that a crash empties are gone, and so is whoever waits for an answer.
	if (!trigger.store.promises.survivesCrash || context.getMode() === 'manual') return;
	const since = sweepDue(triggerKey(context), systemClock.now());
	if (since === undefined) return;
	let found = 0;
	try {
		for await (const failure of redeliverStranded(context, trigger, since)) {
			found += 1;
			if (failure !== undefined) throw new Error(failure);
		}
	} catch (error) {
		const reason = reasonOf(error);
		const what = `Texts that have waited for an answer since n8n stopped could not be taken up again: ${reason}. The next text of the same contact takes them along.`;
		logWarning(context, 'notSwept', what);
		return;
	}
	if (found > 0) {
		context.logger.info(
			`${context.getNode().name}: Took up ${found} conversation(s) that had lost their run when n8n stopped.`,
		);
	}
}

/**
 * Takes up what a crash left without a run. Resolves as soon as the store is open: n8n takes
 * requests only after its hooks have ended. Never rejects, as texts to come need the trigger more.
 */
export async function sweepAtPublishing(
	context: IHookFunctions,
	webhook: OwnWebhookUrl,
): Promise<void> {
	if (context.getMode() === 'manual') return;
	try {
		const agents = readAgents(context);
		const account = await signingAccountOf(context);
		const store = await openThreadStore(context, storeChoiceOfTrigger(context));
		forgetSweep(triggerKey(context));
		const trigger = { store, url: webhook.url, account, agents };
		void sweepIfDue(context, { ...trigger, waitingMs: 0 });
		// By then a run that had begun just before n8n stopped is known to have died, though nobody writes.
		systemClock.after(SWEEP_AGAIN_MS, () => {
			void sweepIfDue(context, { ...trigger, waitingMs: Infinity });
		});
	} catch (error) {
		const reason = reasonOf(error);
		logWarning(
			context,
			'storeAtPublishing',
			`The place where conversations are kept cannot be used now, so texts will be refused: ${reason}`,
		);
	}
}

/** What a trigger's sweeps are remembered by. */
function triggerKey(context: IHookFunctions | IWebhookFunctions): string {
	return `${context.getWorkflow().id ?? ''}:${context.getNode().id}`;
}

/** For each text that was stranded, why it was not taken; undefined where it was. */
async function* redeliverStranded(
	context: IHookFunctions | IWebhookFunctions,
	{ store, url, account, agents, waitingMs }: SweptTrigger,
	since: number,
): AsyncGenerator<string | undefined> {
	const clock = systemClock;
	const http = n8nHttpClient(
		async (request): Promise<unknown> => await context.helpers.httpRequest(request),
	);
	const [authToken = ''] = account.authTokens;
	const query = {
		accountSid: account.accountSid,
		agentIds: agents.filter(({ onText }) => onText !== 'notify').map(({ id }) => id),
		since,
		waitingMs,
		runsEnd: endsEveryRun(context),
		here: runsInQueueMode() ? undefined : thisProcess(),
	};
	let openSince: number | undefined;
	const leftOpen = (at: number) => {
		openSince = Math.min(at, openSince ?? at);
	};
	for await (const { threadId, text } of findStranded({ store, clock }, query, leftOpen)) {
		yield await redeliver({ http, clock, url, authToken }, threadId, text);
	}
	lookBackTo(triggerKey(context), openSince);
}

const AGENT_REPLY = '.agentReply';

/**
 * Whether every run of this trigger reaches an Agent Reply, which writes down how a turn ended: so
 * it is where one stands directly behind the trigger. With an IF between, a run may rightly end
 * without one.
 */
function endsEveryRun(context: IHookFunctions | IWebhookFunctions): boolean {
	const own = context.getNode().name;
	return context
		.getChildNodes(own)
		.filter(({ type, disabled }) => !disabled && type.endsWith(AGENT_REPLY))
		.some(({ name }) => context.getParentNodes(name).every((parent) => parent.name === own));
}
