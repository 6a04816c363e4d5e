import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { triggersBefore } from './triggers-before';

/** Reads an item's JSON as one kind of trigger emits it; undefined where it is not that. */
type Reader<T> = (json: IDataObject | undefined) => T | undefined;

/** The item of a trigger that this item descends from, as the trigger emitted it. */
export function itemOfTrigger<T extends { threadId: string }>(
	context: IExecuteFunctions,
	itemIndex: number,
	read: Reader<T>,
): T | undefined {
	const asTool = context.getNode().type.endsWith('Tool');
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
	const found = itemsOf(context, nodeName).flatMap(({ json }) => read(json) ?? []);
	const threads = new Set(found.map(({ threadId }) => threadId));
	return threads.size === 1 ? found.at(-1) : undefined;
}

/** All items of all outputs; the trigger may have one output for each agent. */
function itemsOf(context: IExecuteFunctions, nodeName: string): INodeExecutionData[] {
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
