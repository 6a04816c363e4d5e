import type { Agent } from '../../shared/messaging/agent';
import { silenceBehind } from '../../shared/n8n/agents/contact-memory';
import { readAgents } from '../../shared/n8n/agents/read-agents';
import type { TriggerContext } from '../../shared/n8n/host/field-value';
import { outputsFor } from '../outputs';

/** The agents of the trigger, with what says that an Agent Reply behind it remembers their contacts. */
export function agentsWithMemory(
	context: TriggerContext,
	separateOutputs: boolean,
): [Agent, ...Agent[]] {
	const agents = readAgents(context);
	const silence = silenceOf(context, agents, separateOutputs);
	const marked = agents.map((agent) =>
		silence.has(agent.id) ? { ...agent, remembers: true as const } : agent,
	);
	return marked as [Agent, ...Agent[]];
}

/** By agent that is remembered, milliseconds of silence that end a conversation; see `silenceBehind`. */
export function silenceOf(
	context: TriggerContext,
	agents: readonly Agent[],
	separateOutputs: boolean,
): Map<string, number> {
	const waits = new Map<string, number>();
	for (const [index, agent] of agents.entries()) {
		if (agent.onText === 'notify') continue;
		const route = { agent, index, matchedBy: 'number' as const };
		const silentMs = silenceBehind(context, outputsFor(route, separateOutputs).text);
		if (silentMs !== undefined) waits.set(agent.id, silentMs);
	}
	return waits;
}
