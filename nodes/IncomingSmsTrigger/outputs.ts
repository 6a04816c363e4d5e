import type { INodeExecutionData } from 'n8n-workflow';
import type { Route } from '../shared/messaging/routing';

// n8n stores connections by index. What is always there comes first and agents follow in the
// builder's order, so that one more agent rewires nothing.
const NOTIFY_FAILED = 1;
const FIRST_AGENT = 2;

/**
 * The outputs, as n8n evaluates them in the editor:
 * one for all agents: Text, and Notify Failed where an agent notifies;
 * one per agent: Unmatched, Notify Failed, then the agents.
 */
export const OUTPUTS_EXPRESSION = `={{ (() => {
	const agents = ($parameter.agents || {}).agent || [];
	const output = (displayName) => ({ type: 'main', displayName });
	if ($parameter.separateOutputs) {
		const names = agents.map((agent, index) => agent.name || agent.id || 'Agent ' + (index + 1));
		return [output('Unmatched'), output('Notify Failed'), ...names.map(output)];
	}
	const notifies = agents.some((agent) => agent.onText === 'notify' || agent.onText === 'both');
	return notifies ? [output('Text'), output('Notify Failed')] : [{ type: 'main' }];
})() }}`;

/** Where the items of a text go. */
export interface OutputPlan {
	text: number;
	notifyFailed: number;
}

export function outputsFor(
	{ index, matchedBy, agent, speaker }: Route,
	separateOutputs: boolean,
): OutputPlan {
	if (!separateOutputs) return { text: 0, notifyFailed: NOTIFY_FAILED };
	// An agent without numbers is there for all the rest; one with numbers got this text for want of another.
	const unclaimed = matchedBy === 'default' && agent.senders.length > 0 && !speaker;
	return {
		text: unclaimed ? 0 : FIRST_AGENT + (speaker?.index ?? index),
		notifyFailed: NOTIFY_FAILED,
	};
}

/** Items by output, with nothing on the outputs between; empty where there are none. */
export function onOutputs(
	placed: ReadonlyArray<{ output: number; item: INodeExecutionData }>,
): INodeExecutionData[][] {
	const last = Math.max(-1, ...placed.map(({ output }) => output));
	return Array.from({ length: last + 1 }, (_, index) =>
		placed.filter(({ output }) => output === index).map(({ item }) => item),
	);
}
