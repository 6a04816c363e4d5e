import { changeConsent } from '../contacts/change-consent';
import type { Consent, ConsentChange, Contact } from '../contacts/contact';
import type { ContactIdentity } from '../contacts/standing';
import { reasonOf } from '../messaging/reason-of';
import { callOffScheduled } from '../sending/opt-outs/scheduled-texts';
import { tellTwilio } from '../twilio/api/consents';
import { listAgents } from './agents';
import type { DeskServices } from './messages';

export interface SetConsent {
	contact: Contact;
	/** Whether it holds now; what was said later stays. */
	changed: boolean;
	/** What Twilio could not be told; no node of ours texts them in any case. */
	untold?: string;
}

/**
 * Writes down what somebody said elsewhere, calls off what is scheduled for who opted out and tells
 * Twilio, where the credential asks for it. Rejects with StoreUnavailableError.
 *
 * @param how.isNewest as of `changeConsent`.
 */
export async function setConsent(
	services: DeskServices,
	identity: ContactIdentity,
	change: ConsentChange,
	how: { isNewest: boolean },
): Promise<SetConsent> {
	const contact = await changeConsent(services, identity, change, how);
	const changed = isSame(contact.consent, change);
	if (!changed) return { contact, changed };
	const untold = await pastUs(services, identity, change);
	return { contact, changed, ...(untold === undefined ? {} : { untold }) };
}

function isSame(consent: Consent, change: ConsentChange): boolean {
	return consent.status === change.status && consent.since === change.since;
}

async function pastUs(
	services: DeskServices,
	identity: ContactIdentity,
	{ status, since, how }: ConsentChange,
): Promise<string | undefined> {
	try {
		if (status === 'optedOut') await callOffScheduled(services, identity, 'all');
		const listed = await listAgents(services, identity.accountSid);
		const ofBrand = listed.filter(({ agent }) => agent.brand === identity.brand);
		const senders = ofBrand.flatMap(({ agent }) => agent.senders);
		const contact = identity.number;
		return await tellTwilio(services.twilio, { contact, senders, status, since, how });
	} catch (error) {
		return `Texts that are scheduled for this contact could not be called off at Twilio: ${reasonOf(error)}`;
	}
}
