import type { ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';
import { writeAgents, type AgentSource } from '../../contacts/agent-record';
import type { Agent } from '../../messaging/agent';
import { processWide } from '../../process/process-wide';
import type { OpenThreadStore } from '../../threads/thread-store';
import { twilioAccountOf } from '../credentials/twilio-account';
import { openThreadStore } from '../stores/open-thread-store';
import { storeChoiceOfTrigger } from '../stores/thread-store-choice';
import { AGENTS } from '../upkeep/names';
import { triggerKeyOf } from '../upkeep/trigger-key';
import type { UpkeepTask } from '../upkeep/upkeep';

/** What this process has written down, by trigger. */
const written = processWide('keptAgents', 1, () => new Map<string, string>());

/**
 * Writes the agents of a trigger into its store, when the workflow is published and when n8n starts.
 * Where the store is away it is tried again, and with the next text or call.
 */
export function agentsTask(
	context: ITriggerFunctions,
	agents: readonly Agent[],
	source: AgentSource,
): UpkeepTask {
	const choice = storeChoiceOfTrigger(context);
	return {
		name: AGENTS,
		async look() {
			const trigger = triggerKeyOf(context);
			// Another store may have been chosen since.
			written.delete(trigger);
			const { accountSid } = await twilioAccountOf(context);
			const store = await openThreadStore(context, choice);
			try {
				await keep(store, trigger, accountSid, agents, source);
			} finally {
				await store.close();
			}
			return undefined;
		},
	};
}

/**
 * The same before a text or a call is taken in, once in each process: those that take texts in need not
 * be the one that publishes. Rejects with StoreUnavailableError.
 */
export async function keepAgents(
	context: IWebhookFunctions | ITriggerFunctions,
	store: OpenThreadStore,
	accountSid: string,
	agents: readonly Agent[],
	source: AgentSource,
): Promise<void> {
	const isTest = context.getMode() === 'manual';
	await keep(store, triggerKeyOf(context), accountSid, agents, isTest ? 'test' : source);
}

async function keep(
	{ kind, records }: OpenThreadStore,
	trigger: string,
	accountSid: string,
	agents: readonly Agent[],
	source: AgentSource,
): Promise<void> {
	const content = JSON.stringify([kind, accountSid, agents, source]);
	if (written.get(trigger) === content) return;
	await writeAgents(records, accountSid, agents, { trigger, source });
	written.set(trigger, content);
}
