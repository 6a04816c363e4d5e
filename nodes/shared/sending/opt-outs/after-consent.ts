import type { ConsentChange } from '../../contacts/contact';
import type { ContactIdentity } from '../../contacts/standing';
import { reasonOf } from '../../messaging/reason-of';
import { tellTwilio } from '../../twilio/api/consents';
import type { SendServices } from '../outbound-draft';
import { callOffScheduled } from './scheduled-texts';

/**
 * What Twilio has to hear once a contact has opted out or in: which scheduled texts are dropped and,
 * where the credential asks for it, that no other application may text them. Never rejects; resolves
 * to what could not be done, undefined where all was. No node of ours texts them in any case.
 *
 * @param senders of ours that the contact knows; without any, Twilio has nothing to be told of.
 */
export async function afterConsent(
	services: Pick<SendServices, 'store' | 'twilio'>,
	identity: ContactIdentity,
	change: ConsentChange,
	senders: readonly string[],
): Promise<string | undefined> {
	try {
		const { status, since, how } = change;
		const contact = identity.number;
		const news = { contact, senders, status, since, how };
		const untold = senders.length === 0 ? undefined : await tellTwilio(services.twilio, news);
		if (status === 'optedOut') await callOffScheduled(services, identity, 'all');
		return untold;
	} catch (error) {
		return `Texts that are scheduled for this contact could not be called off at Twilio: ${reasonOf(error)}`;
	}
}
