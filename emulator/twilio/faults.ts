import type { FaultQueue, QueuedFault } from '../fault-queue';

/** Hit an API request before Twilio has done anything. */
export const BEFORE_KINDS = ['429', '500', '503', 'reset', 'hang', 'delay', 'error'] as const;
/** Hit an API request after Twilio has done the work: the answer is lost, wrong or late. */
export const AFTER_KINDS = [
	'500-after-accept',
	'reset-after-accept',
	'hang-after-accept',
	'delay-after-accept',
] as const;
/** Hit webhooks to the application. */
export const WEBHOOK_KINDS = ['duplicate-webhook', 'webhook-response-lost'] as const;
/** Decide how an outbound message ends. */
export const OUTCOME_KINDS = ['undelivered', 'failed'] as const;

export type TwilioFaultKind =
	| (typeof BEFORE_KINDS)[number]
	| (typeof AFTER_KINDS)[number]
	| (typeof WEBHOOK_KINDS)[number]
	| (typeof OUTCOME_KINDS)[number];

export interface TwilioFault extends QueuedFault {
	readonly kind: TwilioFaultKind;
	/** For `delay` and `delay-after-accept`: milliseconds. Default 1000. */
	readonly ms?: number;
	/** For `duplicate-webhook`: how often the same webhook is sent, at once. Default 2. */
	readonly factor?: number;
	/** For `error`, `undelivered` and `failed`: Twilio's error code. */
	readonly code?: number;
	/** For `error`: the HTTP status. Default: the code's usual one. */
	readonly status?: number;
}

export type TwilioFaults = FaultQueue<TwilioFault>;

export function isTwilioFaultKind(kind: unknown): kind is TwilioFaultKind {
	const kinds: readonly unknown[] = [
		...BEFORE_KINDS,
		...AFTER_KINDS,
		...WEBHOOK_KINDS,
		...OUTCOME_KINDS,
	];
	return kinds.includes(kind);
}
