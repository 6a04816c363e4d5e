import type { IAllExecuteFunctions } from 'n8n-workflow';

/** One trigger of one workflow of this n8n, as its upkeep and its claims know it. */
export function triggerKeyOf(
	context: Pick<IAllExecuteFunctions, 'getInstanceId' | 'getNode' | 'getWorkflow'>,
): string {
	const { id, name } = context.getNode();
	return `${context.getInstanceId()}:${context.getWorkflow().id ?? 'unsaved'}:${id || name}`;
}
