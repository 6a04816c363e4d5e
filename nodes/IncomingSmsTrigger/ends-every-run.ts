import type { TriggerContext } from '../shared/n8n/host/field-value';

const AGENT_REPLY = '.agentReply';

/**
 * Whether every run of this trigger reaches an Agent Reply, which writes down how a turn ended: so
 * it is where one stands directly behind the trigger. With an IF between, a run may rightly end
 * without one.
 */
export function endsEveryRun(context: TriggerContext): boolean {
	const own = context.getNode().name;
	return context
		.getChildNodes(own)
		.filter(({ type, disabled }) => !disabled && type.endsWith(AGENT_REPLY))
		.some(({ name }) => context.getParentNodes(name).every((parent) => parent.name === own));
}
