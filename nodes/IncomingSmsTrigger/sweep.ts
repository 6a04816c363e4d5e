import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import type { Agent } from '../shared/messaging/agent';
import { n8nHttpClient } from '../shared/n8n/host/n8n-http-client';
import type { SigningAccount } from '../shared/n8n/credentials/signing-account.singleton';
import { systemClock } from '../shared/n8n/host/system-clock';
import { findStranded } from '../shared/threads/turns/find-stranded';
import type { OpenThreadStore } from '../shared/threads/thread-store';
import { everyRunEnds } from './every-run-ends';
import { handInAgain } from './hand-in-again';
import { sweepDue } from './last-sweep.singleton';
import { logWarning } from '../shared/n8n/host/log-warning';
import { reasonOf } from '../shared/messaging/reason-of';

export interface SweptTrigger {
	store: OpenThreadStore;
	/** The trigger's own URL. */
	url: string;
	account: SigningAccount;
	agents: readonly Agent[];
	/** Milliseconds that a text may wait for more texts before a run starts; see `StrandedQuery`. */
	waitingMs: number;
}

/**
 * Hands in again what was taken in and then lost its run to a crash, if it is time to look for it.
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
		for await (const failure of handedInAgain(context, trigger, since)) {
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

/** What a trigger's sweeps are remembered by. */
export function triggerKey(context: IHookFunctions | IWebhookFunctions): string {
	return `${context.getWorkflow().id ?? ''}:${context.getNode().id}`;
}

/** For each text that was stranded, why it was not taken; undefined where it was. */
async function* handedInAgain(
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
		runsEnd: everyRunEnds(context),
	};
	for await (const { threadId, text } of findStranded({ store, clock }, query)) {
		yield await handInAgain({ http, clock, url, authToken }, threadId, text);
	}
}
