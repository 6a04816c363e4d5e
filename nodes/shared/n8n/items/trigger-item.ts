import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	NodeTypeAndVersion,
} from 'n8n-workflow';

/** Reads an item's JSON as one kind of trigger emits it; undefined where it is not that. */
type Reader<T> = (json: IDataObject | undefined) => T | undefined;

/** Whether a model calls the node. n8n's own isToolExecution() is false where its AI Agent calls. */
export function isTool(context: IExecuteFunctions): boolean {
	return context.getNode().type.endsWith('Tool');
}

/** The item of a trigger that this item descends from, as the trigger emitted it. */
export function itemOfTrigger<T extends { threadId: string }>(
	context: IExecuteFunctions,
	itemIndex: number,
	read: Reader<T>,
): T | undefined {
	const asTool = isTool(context);
	for (const { name } of triggersBefore(context)) {
		const found = asTool
			? onlyItemOf(context, name, read)
			: read(pairedItemJson(context, name, itemIndex));
		if (found) return found;
	}
	return undefined;
}

/** Pinned data answers for any output, so there must be an end. */
const MOST_OUTPUTS = 50;

/**
 * n8n pairs every call of a tool with the first item of its agent, whichever item the call is for.
 * So a tool knows its contact only where all items are of one contact.
 */
function onlyItemOf<T extends { threadId: string }>(
	context: IExecuteFunctions,
	nodeName: string,
	read: Reader<T>,
): T | undefined {
	const found = readItemsOf(context, nodeName, read);
	const threads = new Set(found.map(({ threadId }) => threadId));
	return threads.size === 1 ? found.at(-1) : undefined;
}

/** All that the triggers of this package before this node have emitted, as far as it reads so. */
export function emittedBefore<T>(context: IExecuteFunctions, read: Reader<T>): T[] {
	return triggersBefore(context).flatMap(({ name }) => readItemsOf(context, name, read));
}

function readItemsOf<T>(context: IExecuteFunctions, nodeName: string, read: Reader<T>): T[] {
	return itemsOf(context, nodeName).flatMap(({ json }) => read(json) ?? []);
}

/** All items of all outputs; the trigger may have one output for each agent. */
export function itemsOf(context: IExecuteFunctions, nodeName: string): INodeExecutionData[] {
	const proxy = context.getWorkflowDataProxy(0) as unknown as {
		$: (name: string) => { all: (branch: number) => INodeExecutionData[] };
	};
	const items: INodeExecutionData[] = [];
	try {
		for (let branch = 0; branch < MOST_OUTPUTS; branch++)
			items.push(...proxy.$(nodeName).all(branch));
	} catch {
		// n8n throws beyond the last output, and where the node has not run in this execution.
	}
	return items;
}

function pairedItemJson(
	context: IExecuteFunctions,
	nodeName: string,
	itemIndex: number,
): IDataObject | undefined {
	const proxy = context.getWorkflowDataProxy(itemIndex) as unknown as {
		$: (name: string) => { item?: INodeExecutionData };
	};
	try {
		return proxy.$(nodeName).item?.json;
	} catch {
		// n8n throws where the node has not run in this execution or the items are not paired.
		return undefined;
	}
}

/** Triggers that know a contact. */
const TRIGGERS = ['incomingSmsTrigger', 'missedCallTrigger'];

/** The triggers of this package whose items lead to this node, with their parameters. */
export function triggersBefore(context: IExecuteFunctions): NodeTypeAndVersion[] {
	const triggers = nodesBefore(context)
		.filter(isTrigger)
		.map((node) => [node.name, node] as const);
	return [...new Map(triggers).values()];
}

/** n8n's node that a sub-workflow begins with. */
const CALLED = '.executeWorkflowTrigger';

/** Whether this node is reached by a call of another workflow, and by no trigger of this package. */
export function beginsWithCall(context: IExecuteFunctions): boolean {
	const before = nodesBefore(context);
	return !before.some(isTrigger) && before.some(({ type }) => type.endsWith(CALLED));
}

/** A tool or a memory hangs below its agent rather than behind it, so for those they are the agent's. */
function nodesBefore(context: IExecuteFunctions): NodeTypeAndVersion[] {
	const before = parentsOf(context, context.getNode().name);
	return before.length > 0 ? before : beforeAgentOf(context);
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
