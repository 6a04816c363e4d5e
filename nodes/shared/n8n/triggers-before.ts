import type { IExecuteFunctions, NodeTypeAndVersion } from 'n8n-workflow';

/** Triggers that know a contact. */
const TRIGGERS = ['incomingSmsTrigger', 'missedCallTrigger'];

/**
 * The triggers of this package whose items lead to this node, with their parameters. A tool hangs
 * below its agent rather than behind it, so for a tool they are those before its agent.
 */
export function triggersBefore(context: IExecuteFunctions): NodeTypeAndVersion[] {
	const before = parentsOf(context, context.getNode().name);
	const found = before.length > 0 ? before : beforeAgentOf(context);
	const triggers = found.filter(isTrigger).map((node) => [node.name, node] as const);
	return [...new Map(triggers).values()];
}

/**
 * n8n tells a tool where its call came from, as the agent or as the node before the agent; it does
 * not tell which nodes the tool is connected to.
 */
function beforeAgentOf(context: IExecuteFunctions): NodeTypeAndVersion[] {
	const { $prevNode } = context.getWorkflowDataProxy(0) as unknown as {
		$prevNode: { name?: string };
	};
	const origin = context.getExecuteData().metadata?.preservedSourceOverwrite?.previousNode;
	return [$prevNode.name, origin].flatMap((name) =>
		name ? [...itself(context, name), ...parentsOf(context, name)] : [],
	);
}

/** A node is described to us only as the parent of another. */
function itself(context: IExecuteFunctions, name: string): NodeTypeAndVersion[] {
	const children = context.getChildNodes(name);
	return children
		.flatMap((child) => parentsOf(context, child.name))
		.filter((node) => node.name === name);
}

function parentsOf(context: IExecuteFunctions, name: string): NodeTypeAndVersion[] {
	return context.getParentNodes(name, { includeNodeParameters: true });
}

function isTrigger({ type, disabled }: NodeTypeAndVersion): boolean {
	return !disabled && TRIGGERS.some((name) => type.endsWith(`.${name}`));
}
