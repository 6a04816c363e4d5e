import { changeConsent } from '../contacts/change-consent';
import type { ConsentChange, Contact } from '../contacts/contact';
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
	const { contact, holds } = await changeConsent(services, identity, change, how);
	if (!holds) return { contact, changed: false };
	const senders = await sendersOf(services, identity);
	const untold = await afterConsent(services, identity, change, senders);
	return { contact, changed: true, ...(untold === undefined ? {} : { untold }) };
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
