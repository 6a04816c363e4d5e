import { identityOfContact } from '../shared/contacts/standing';
import type { RecordedText } from '../shared/receiving/record-inbound';
import { twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import type { TriggerContext } from '../shared/n8n/host/field-value';
import { reasonOf } from '../shared/messaging/reason-of';
import { afterConsent } from '../shared/sending/opt-outs/after-consent';
import type { OpenThreadStore } from '../shared/threads/thread-store';
import type { TwilioAccount } from '../shared/twilio/api/twilio-client';

/** Lets Twilio know where a text has changed what its contact wants. Never rejects; the log tells what failed. */
export async function tellConsent(
	context: TriggerContext,
	store: OpenThreadStore,
	{ consent, thread, message }: RecordedText,
	readAccount: () => Promise<TwilioAccount>,
): Promise<void> {
	if (consent === undefined) return;
	const { sender, messagingServiceSid } = message;
	const senders = messagingServiceSid ? [messagingServiceSid] : [sender];
	const failed = async (): Promise<string | undefined> => {
		try {
			const twilio = twilioClientOf(context, await readAccount());
			const services = { store, clock: systemClock, twilio };
			const identity = await identityOfContact(services, thread.threadId);
			return await afterConsent(services, identity, consent, senders);
		} catch (error) {
			return reasonOf(error);
		}
	};
	const why = await failed();
	if (why === undefined) return;
	const what = `${consent.status === 'optedOut' ? 'An opt-out' : 'An opt-in'} was written down, but: ${why}`;
	logWarning(context, 'consentUntold', what);
}
