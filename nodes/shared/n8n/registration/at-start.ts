import type { IHookFunctions } from 'n8n-workflow';
import type { TriggerContext } from '../host/field-value';
import { keepThreads } from '../stores/open-thread-store';
import { registrationOf, rememberRegistration } from './registration-memory';
import { urlsOf } from '../../twilio/registration/registration';
import { webhookOf } from './registration-hooks';

/** Whether n8n starts the workflow because it has started itself, or this main has become the leader. */
export function startsWithN8n(context: TriggerContext): boolean {
	const activation = context.getActivationMode?.();
	return activation === 'init' || activation === 'leadershipChange';
}

/**
 * Whether n8n starts with this workflow published, so that its registration is looked at by the upkeep:
 * Twilio may be away then, which must neither hold n8n up nor leave the workflow without a trigger.
 */
export function leftToUpkeep(context: IHookFunctions): boolean {
	if (!startsWithN8n(context)) return false;
	try {
		expectUrl(context);
	} catch {
		// The upkeep tells what cannot be used.
	}
	return true;
}

/** Writes down where the trigger is to be found from now on: what a hook writes n8n saves after it. */
function expectUrl(context: IHookFunctions): void {
	const registration = registrationOf(context);
	if (registration === undefined || registration.stranded) return;
	const { url } = webhookOf(context);
	if (registration.url === url) return;
	const formerUrls = urlsOf(registration).filter((former) => former !== url);
	rememberRegistration(context, { ...registration, url, formerUrls });
	keepThreads(context);
}
