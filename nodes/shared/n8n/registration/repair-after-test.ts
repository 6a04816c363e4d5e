import type { IWebhookFunctions } from 'n8n-workflow';
import { twilioAccountOf, twilioClientOf } from '../credentials/twilio-account';
import { accountEndpoints } from '../../twilio/registration/account-endpoints';
import { logWarning } from '../host/log-warning';
import type { OwnWebhookUrl } from '../../twilio/registration/own-webhook-url';
import { registrationOf } from './registration-memory';
import { repair } from '../../twilio/registration/webhook-registration';
import { reasonOf } from '../../messaging/reason-of';

/**
 * A text or call that came by the fallback because this trigger's test URL no longer answers: a test was
 * listening when n8n stopped. Gives production its URL back. A failure is logged; the next
 * one tries again.
 */
export async function repairAfterTest(
	context: IWebhookFunctions,
	webhook: OwnWebhookUrl,
	failedUrl: string,
): Promise<void> {
	const registration = registrationOf(context);
	const leftBehind = webhook.isOurs(failedUrl) && !webhook.isCurrent(failedUrl);
	if (!leftBehind || registration === undefined || context.getMode() === 'manual') return;
	try {
		const client = twilioClientOf(context, await twilioAccountOf(context));
		const repaired = await repair(accountEndpoints(client), webhook, registration);
		if (repaired.length === 0) return;
		const what = `A test that was never finished had left its address at Twilio; ${repaired.join(', ')} is connected to this workflow again.`;
		logWarning(context, 'repaired', what);
	} catch (error) {
		const reason = reasonOf(error);
		const what = `A test that was never finished has left its address at Twilio, and putting it right failed (${reason}). Nothing is lost. Unpublish the workflow and publish it again.`;
		logWarning(context, 'notRepaired', what);
	}
}
