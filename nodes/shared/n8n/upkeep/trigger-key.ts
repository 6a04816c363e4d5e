import type { IAllExecuteFunctions } from 'n8n-workflow';

/** One node of one workflow of this n8n, as a trigger's upkeep and what is claimed and counted know it. */
export function triggerKeyOf(
	context: Pick<IAllExecuteFunctions, 'getInstanceId' | 'getNode' | 'getWorkflow'>,
): string {
	const { id, name } = context.getNode();
	return `${context.getInstanceId()}:${context.getWorkflow().id ?? 'unsaved'}:${id || name}`;
}

/** The same of the trigger that a thread's turns came to, as its state names it. */
export function triggerKeyOfTurns(
	context: Pick<IAllExecuteFunctions, 'getInstanceId'>,
	startedFor: string,
): string {
	return `${context.getInstanceId()}:${startedFor}`;
}
