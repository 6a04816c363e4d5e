import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { mayLog } from './quiet-log.singleton';
import { systemClock } from './system-clock';

/** Of one kind, a line a minute. `what` holds no secret and no word of a text. */
export function logWarning(
	context: IHookFunctions | IWebhookFunctions,
	kind: string,
	what: string,
): void {
	const { id, name } = context.getNode();
	const allowed = mayLog(`${context.getWorkflow().id ?? ''}:${id}:${kind}`, systemClock);
	if (allowed === undefined) return;
	const repeated = allowed.withheld > 0 ? ` (and ${allowed.withheld} more like it)` : '';
	context.logger.warn(`${name}: ${what}${repeated}`);
}
