import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import type { Registration } from '../twilio/webhook-registration';

const KEY = 'registration';

/** What this trigger has taken over, kept with the workflow. A test has a memory of its own. */
export function registrationOf(
	context: IHookFunctions | IWebhookFunctions,
): Registration | undefined {
	const memory = context.getWorkflowStaticData('node');
	const kept = memory[KEY] as unknown as Partial<Registration> | undefined;
	// n8n hands out proxies that report to the execution they were made for: take a plain copy.
	return Array.isArray(kept?.endpoints)
		? (JSON.parse(JSON.stringify(kept)) as Registration)
		: undefined;
}

export function rememberRegistration(
	context: IHookFunctions,
	registration: Registration | undefined,
): void {
	const memory = context.getWorkflowStaticData('node');
	if (registration === undefined) delete memory[KEY];
	else memory[KEY] = registration;
}
