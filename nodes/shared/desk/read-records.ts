import { contactOf, type Contact } from '../contacts/contact';
import type { ContactIdentity } from '../contacts/standing';
import { recordKeys } from '../threads/record-keys';
import { readRecords, type RecordStore } from '../threads/record-store';

/** A contact with what says whether anything is known of them. */
export interface FoundContact extends ContactIdentity {
	contact: Contact;
	/** Whether there is a record of them, or the hash of an erased one's opt-out. */
	isKept: boolean;
}

/** In the order given. Rejects with StoreUnavailableError. */
export async function findContacts(
	records: RecordStore,
	identities: readonly ContactIdentity[],
): Promise<FoundContact[]> {
	const keys = identities.flatMap(({ accountSid, brand, number }) => [
		recordKeys.contact(accountSid, brand, number),
		recordKeys.erased(accountSid, brand, number),
	]);
	const found = await readRecords(records, keys);
	return identities.map((identity, at) => {
		const [record, erased] = [found[2 * at], found[2 * at + 1]];
		const isKept = record !== undefined || erased !== undefined;
		return { ...identity, contact: contactOf(record, erased), isKept };
	});
}
