import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { itemsOf, triggersBefore } from './trigger-item';

/** An item's agent; only a trigger's item has its prompt for certain. */
interface ItemAgent {
	id: string;
	smsPrompt?: string;
}

/** With the prompt of the trigger's item, where the own item has none. */
export function withPrompt<Agent extends ItemAgent>(
	context: IExecuteFunctions,
	agent: Agent,
): Agent & { smsPrompt: string } {
	return { ...agent, smsPrompt: agent.smsPrompt ?? emittedPrompt(context, agent.id) ?? '' };
}

/**
 * As an item of Agent Reply or Send SMS has it: without the prompt, which fills the screen, wherever
 * a later node finds the same one in the trigger's item.
 */
export function agentForItem<Agent extends ItemAgent>(
	context: IExecuteFunctions,
	agent: Agent,
): Omit<Agent, 'smsPrompt'> {
	const { smsPrompt, ...others } = agent;
	const isFound = !smsPrompt || emittedPrompt(context, agent.id) === smsPrompt;
	return isFound && !leadsToSubWorkflow(context) ? others : agent;
}

/** The same for an incoming text: its agent, and the one that the contact was passed on to. */
export function agentsForItem<Agent extends ItemAgent>(
	context: IExecuteFunctions,
	{ agent, passedTo }: { agent: Agent; passedTo?: ItemAgent },
): { agent: Omit<Agent, 'smsPrompt'>; passedTo?: object } {
	// A node between may have a field of that name for its own.
	const isAgent = typeof passedTo?.id === 'string';
	return {
		agent: agentForItem(context, agent),
		...(isAgent ? { passedTo: agentForItem(context, passedTo) } : {}),
	};
}

/** As a trigger of this run has emitted it. */
function emittedPrompt(context: IExecuteFunctions, agentId: string): string | undefined {
	for (const { name } of triggersBefore(context)) {
		for (const { json } of itemsOf(context, name)) {
			for (const agent of [json['agent'], json['passedTo']]) {
				const { id, smsPrompt } = (agent ?? {}) as IDataObject;
				if (id === agentId && typeof smsPrompt === 'string') return smsPrompt;
			}
		}
	}
	return undefined;
}

/** A sub-workflow sees nothing but the item it is called with. */
function leadsToSubWorkflow(context: IExecuteFunctions): boolean {
	const after = context.getChildNodes(context.getNode().name);
	return after.some(({ type }) => type.endsWith('.executeWorkflow'));
}
