import { connectedTo, runningAfter } from '../shared/n8n/host/connected-to';
import type { TriggerContext } from '../shared/n8n/host/field-value';

/**
 * Whether every run that this trigger starts at the output reaches an Agent Reply, which writes down
 * how a turn ended: so it is where one stands directly behind it. With an IF between, or at the output of
 * an agent that has no Agent Reply, a run may rightly end without one.
 *
 * @param output undefined for any of them.
 */
export function endsEveryRun(context: TriggerContext, output?: number): boolean {
	const own = context.getNode().name;
	const there = output === undefined ? undefined : connectedTo(context, output);
	return runningAfter(context, 'agentReply')
		.filter(({ name }) => there === undefined || there.includes(name))
		.some(({ name }) => context.getParentNodes(name).every((parent) => parent.name === own));
}
