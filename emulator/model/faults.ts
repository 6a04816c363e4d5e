import type { QueuedFault } from '../fault-queue';

export const MODEL_FAULT_KINDS = [
	// The request fails.
	'429',
	'500',
	'401',
	'reset',
	'hang',
	'delay',
	// The answer is not what was asked.
	'malformed-json',
	'plain-text',
	'fenced-json',
	'wrong-shape',
	'empty',
	'refusal',
	'too-long',
] as const;

export type ModelFaultKind = (typeof MODEL_FAULT_KINDS)[number];

export interface ModelFault extends QueuedFault {
	readonly kind: ModelFaultKind;
	/** For `delay`: milliseconds. */
	readonly ms?: number;
}

export function isModelFaultKind(kind: unknown): kind is ModelFaultKind {
	const kinds: readonly unknown[] = MODEL_FAULT_KINDS;
	return kinds.includes(kind);
}
