import { recordKeys } from '../threads/record-keys';
import { readRecord } from '../threads/record-store';
import type { ThreadServices } from '../threads/thread-store';
import { contactOf, withConsent, type Consent, type ConsentChange, type Contact } from './contact';
import type { ContactIdentity } from './standing';

export interface ChangedConsent {
	/** As they are known after it. */
	contact: Contact;
	/**
	 * Whether consent is now as this change says and since then: from this call or, where it is made
	 * again, from an earlier one. Not where it was so before, or where something newer stays.
	 */
	holds: boolean;
}

/**
 * Writes down what a contact wants of a brand; every way in goes through here. Once it resolves, no
 * path texts somebody who opted out. Of an erased contact an opt-in begins a record anew and ends the
 * opt-out that outlived them; a further opt-out writes nothing. Rejects with StoreUnavailableError.
 *
 * @param how.isNewest whether nothing that we know of came after the change: see `withConsent`.
 */
export async function changeConsent(
	{ store: { records } }: Pick<ThreadServices, 'store'>,
	{ accountSid, brand, number }: ContactIdentity,
	change: ConsentChange,
	{ isNewest = true }: { isNewest?: boolean } = {},
): Promise<ChangedConsent> {
	const erasedKey = recordKeys.erased(accountSid, brand, number);
	const erased = await readRecord(records, erasedKey);
	const key = recordKeys.contact(accountSid, brand, number);
	const kept = await records.change(key, (present) => {
		const before = contactOf(present, erased);
		const changed = withConsent(before, change, isNewest);
		if (changed === before) return present;
		const { consent, changes, name, facts, timeZone } = changed;
		return { ...present, consent, changes, name, facts, timeZone };
	});
	// Last: until the record says otherwise, the opt-out holds.
	if (erased !== undefined && contactOf(kept, undefined).consent.status === 'optedIn') {
		await records.delete(erasedKey);
	}
	const contact = contactOf(kept, erased);
	return { contact, holds: isOf(contact.consent, change) };
}

function isOf(consent: Consent, { status, since, messageSid }: ConsentChange): boolean {
	if (consent.status !== status) return false;
	return consent.since === since && consent.messageSid === messageSid;
}
