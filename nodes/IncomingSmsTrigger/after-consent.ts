import type { ConsentChange } from '../shared/contacts/contact';
import { reasonWithFix } from '../shared/messaging/reason-of';
import { parseThreadId } from '../shared/messaging/thread-id';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import type { TriggerContext } from '../shared/n8n/host/field-value';
import { smsSender } from '../shared/sending/send-to-thread';
import type { OpenThreadStore } from '../shared/threads/thread-store';

/**
 * What Twilio has to hear of an opt-out: that the texts which wait for their time are dropped. Never
 * rejects: the contact gets none of ours in any case, and the log tells which of Twilio's may leave.
 */
export async function afterConsent(
	context: TriggerContext,
	store: OpenThreadStore,
	threadId: string,
	{ status }: ConsentChange,
): Promise<void> {
	if (status !== 'optedOut') return;
	try {
		const twilio = twilioClientOf(context, await twilioAccountOf(context));
		const sms = smsSender({ store, clock: systemClock, twilio });
		await sms.callOff(threadId, 'all');
	} catch (error) {
		const contact = parseThreadId(threadId)?.contact ?? 'A contact';
		const what = `${contact} has opted out, and texts that are scheduled for them could not be called off at Twilio: ${reasonWithFix(error)}`;
		logWarning(context, 'scheduledAfterOptOut', what);
	}
}
