import type { Agent } from '../../shared/messaging/agent';
import { silenceBehind } from '../../shared/n8n/agents/contact-memory';
import { readAgents } from '../../shared/n8n/agents/read-agents';
import type { Silence } from '../../shared/remembering/ended-threads';
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
		silence.get(agent.id)?.endMs !== undefined ? { ...agent, remembers: true as const } : agent,
	);
	return marked as [Agent, ...Agent[]];
}

/** By agent whose silence comes to something; see `silenceBehind`. */
export function silenceOf(
	context: TriggerContext,
	agents: readonly Agent[],
	separateOutputs: boolean,
): Map<string, Silence> {
	const outputs = agents.map((agent, index) => {
		const route = { agent, index, matchedBy: 'number' as const };
		return outputsFor(route, separateOutputs).text;
	});
	const waits = silenceBehind(context, outputs);
	return new Map(
		agents.flatMap(({ id, onText }, index) => {
			const silence = onText === 'notify' ? undefined : waits[index];
			return silence === undefined ? [] : [[id, silence] as const];
		}),
	);
}
