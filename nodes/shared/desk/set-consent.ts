import { changeConsent } from '../contacts/change-consent';
import type { Consent, ConsentChange, Contact } from '../contacts/contact';
import type { ContactIdentity } from '../contacts/standing';
import { afterConsent } from '../sending/opt-outs/after-consent';
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
	const senders = await sendersOf(services, identity);
	const untold = await afterConsent(services, identity, change, senders);
	return { contact, changed, ...(untold === undefined ? {} : { untold }) };
}

function isSame(consent: Consent, change: ConsentChange): boolean {
	return consent.status === change.status && consent.since === change.since;
}

/** What a contact of the brand knows us by. */
async function sendersOf(
	services: DeskServices,
	{ accountSid, brand }: ContactIdentity,
): Promise<string[]> {
	const listed = await listAgents(services, accountSid);
	const { messagingServiceSid } = services.twilio.account;
	const ofAgents = listed.flatMap(({ agent }) => (agent.brand === brand ? agent.senders : []));
	return [...new Set([...ofAgents, ...(messagingServiceSid ? [messagingServiceSid] : [])])];
}
