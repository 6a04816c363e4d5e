import type { IConnections } from 'n8n-workflow';
import type { TriggerContext } from '../shared/n8n/host/field-value';

const AGENT_REPLY = '.agentReply';

/**
 * Whether every run that this trigger starts at the output reaches an Agent Reply, which writes down
 * how a turn ended: so it is where one stands directly behind it. With an IF between, or at the output of
 * an agent that has no Agent Reply, a run may rightly end without one.
 *
 * @param output undefined for any of them.
 */
export function endsEveryRun(context: TriggerContext, output?: number): boolean {
	const own = context.getNode().name;
	const there = output === undefined ? undefined : connectedTo(context, own, output);
	return context
		.getChildNodes(own)
		.filter(({ type, disabled }) => !disabled && type.endsWith(AGENT_REPLY))
		.filter(({ name }) => there === undefined || there.includes(name))
		.some(({ name }) => context.getParentNodes(name).every((parent) => parent.name === own));
}

/** Names of the nodes at an output; undefined where n8n does not tell: its interface knows no outputs. */
function connectedTo(context: TriggerContext, own: string, output: number): string[] | undefined {
	const { workflow } = context as { workflow?: { connectionsBySourceNode?: IConnections } };
	const connections = workflow?.connectionsBySourceNode;
	return connections && (connections[own]?.['main']?.[output] ?? []).map(({ node }) => node);
}
