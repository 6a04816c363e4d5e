import type { IHookFunctions } from 'n8n-workflow';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { signingAccountOf } from '../shared/n8n/credentials/signing-account.singleton';
import { readAgents } from '../shared/n8n/agents/read-agents';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { forgetSweep } from './last-sweep.singleton';
import { logWarning } from '../shared/n8n/host/log-warning';
import type { OwnWebhookUrl } from '../shared/twilio/registration/own-webhook-url';
import { sweepIfDue, triggerKey } from './sweep';
import { reasonOf } from '../shared/messaging/reason-of';

/**
 * Takes up what a crash left without a run. Resolves as soon as the store is open: n8n takes
 * requests only after its hooks have ended. Never rejects, as texts to come need the trigger more.
 */
export async function sweepAtPublishing(
	context: IHookFunctions,
	own: OwnWebhookUrl,
): Promise<void> {
	if (context.getMode() === 'manual') return;
	try {
		const agents = readAgents(context);
		const account = await signingAccountOf(context);
		const store = await openThreadStore(context, storeChoiceOfTrigger(context));
		forgetSweep(triggerKey(context));
		void sweepIfDue(context, { store, url: own.url, account, agents, waitingMs: 0 });
	} catch (error) {
		const reason = reasonOf(error);
		logWarning(
			context,
			'storeAtPublishing',
			`The place where conversations are kept cannot be used now, so texts will be refused: ${reason}`,
		);
	}
}
