import type { IAllExecuteFunctions } from 'n8n-workflow';

/** As n8n tells them of a node. */
type Reader = Pick<IAllExecuteFunctions, 'getNode' | 'getWorkflow'>;

/** Which credential of this type the node has; it tells credentials apart, no more. */
export function credentialKey(context: Pick<Reader, 'getNode'>, type: string): string {
	const { id, name } = context.getNode().credentials?.[type] ?? {};
	return `${type}:${id ?? `named ${name}`}`;
}

/**
 * Who reads that credential. n8n decides by workflow who may use one, so what one node has read of a
 * credential is kept for that node of that workflow alone: no other is given it unread.
 */
export function readerKey(context: Reader, type: string): string {
	const { id } = context.getNode();
	return `${context.getWorkflow().id ?? 'unsaved'}:${id}:${credentialKey(context, type)}`;
}
