import type { ConsentChange } from '../../contacts/contact';
import { identityOfContact } from '../../contacts/standing';
import { reasonOf } from '../../messaging/reason-of';
import { tellTwilio } from '../../twilio/api/consents';
import type { SendServices } from '../outbound-draft';
import { callOffScheduled } from './scheduled-texts';

/**
 * What Twilio has to hear once a contact has opted out or in: which scheduled texts are dropped and,
 * where the credential asks for it, that no other application may text them. Never rejects; resolves
 * to what could not be done, undefined where all was. No node of ours texts them in any case.
 *
 * @param senders of ours that the contact knows.
 */
export async function afterConsent(
	services: Pick<SendServices, 'store' | 'clock' | 'twilio'>,
	threadId: string,
	change: ConsentChange,
	senders: readonly string[],
): Promise<string | undefined> {
	try {
		const identity = await identityOfContact(services, threadId);
		const { status, since, how } = change;
		const contact = identity.number;
		const untold = await tellTwilio(services.twilio, { contact, senders, status, since, how });
		if (status === 'optedOut') await callOffScheduled(services, identity, 'all');
		return untold;
	} catch (error) {
		return `Texts that are scheduled for this contact could not be called off at Twilio: ${reasonOf(error)}`;
	}
}
