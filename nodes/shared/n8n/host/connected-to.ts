import type {
	FunctionsBase,
	IConnections,
	IExecuteFunctions,
	NodeConnectionType,
	NodeTypeAndVersion,
} from 'n8n-workflow';

/** Nodes of this package, of the type, that run anywhere after this node; with their parameters. */
export function runningAfter(
	context: Pick<FunctionsBase, 'getNode' | 'getChildNodes'>,
	type: 'agentReply' | 'sendSms',
): NodeTypeAndVersion[] {
	return context
		.getChildNodes(context.getNode().name, { includeNodeParameters: true })
		.filter((node) => !node.disabled && node.type.endsWith(`.${type}`));
}

/** Whether a sub-node of the kind is connected below this node, and not deactivated. */
export function hasBelow(
	context: Pick<IExecuteFunctions, 'getNode' | 'getParentNodes'>,
	connectionType: NodeConnectionType,
): boolean {
	return context
		.getParentNodes(context.getNode().name, { connectionType, depth: 1 })
		.some(({ disabled }) => !disabled);
}

/**
 * Names of the nodes that are connected to an output of this node, the first being 0; undefined where
 * n8n does not tell: its interface knows no outputs.
 */
export function connectedTo(
	context: Pick<FunctionsBase, 'getNode'>,
	output: number,
): string[] | undefined {
	const { workflow } = context as { workflow?: { connectionsBySourceNode?: IConnections } };
	const connections = workflow?.connectionsBySourceNode;
	const own = context.getNode().name;
	return connections && (connections[own]?.['main']?.[output] ?? []).map(({ node }) => node);
}

/** The same with all nodes after those: whatever an item of that output may come to. */
export function namesBehind(
	context: Pick<FunctionsBase, 'getNode' | 'getChildNodes'>,
	output: number,
): string[] | undefined {
	return connectedTo(context, output)?.flatMap((first) => [
		first,
		...context.getChildNodes(first).map(({ name }) => name),
	]);
}
