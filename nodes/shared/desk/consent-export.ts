import type { ConsentChange } from '../contacts/contact';
import { recordKeys } from '../threads/record-keys';
import type { ThreadServices } from '../threads/thread-store';
import { listContacts } from './contacts';
import { csvOf } from './csv';
import { recordsUnder } from '../threads/record-store';

/** What one contact wants of one brand, with its evidence. */
export interface ConsentEvidence {
	/** E.164; null of an erased contact. */
	contact: string | null;
	/** Of the number of an erased contact; null of the others. */
	contactHash: string | null;
	brand: string;
	name: string;
	status: string;
	/** What consent was and is, oldest first; the newest 50. */
	changes: ConsentChange[];
}

/**
 * The consent of every contact who ever said something about it, erased ones included.
 *
 * @param brand undefined for all. Rejects with StoreUnavailableError.
 */
export async function exportConsents(
	services: ThreadServices,
	accountSid: string,
	brand: string | undefined,
): Promise<ConsentEvidence[]> {
	const found: ConsentEvidence[] = [];
	const listed = new Set<string>();
	for await (const one of listContacts(services, accountSid, { brand })) {
		const { consent, changes, name, erased } = one.contact;
		// Those are on the second list.
		if (consent.status === 'unknown' || erased) continue;
		listed.add(recordKeys.erased(accountSid, one.brand, one.number));
		found.push({
			...{ contact: one.number, contactHash: null, brand: one.brand, name },
			...{ status: consent.status, changes },
		});
	}
	const ofAccount = `erased:${accountSid}:`;
	const prefix = brand === undefined ? ofAccount : `${ofAccount}${brand}:`;
	for await (const { key, value } of recordsUnder(services.store.records, prefix)) {
		if (listed.has(key)) continue;
		const [, , ofBrand = '', contactHash = ''] = key.split(':');
		const consent = value['consent'] as unknown as ConsentChange;
		found.push({
			...{ contact: null, contactHash, brand: ofBrand, name: '' },
			...{ status: consent.status, changes: [consent] },
		});
	}
	return found;
}

/** A row for each change. */
export function consentCsv(evidence: readonly ConsentEvidence[]): string {
	return csvOf(
		[
			...['contact', 'contactHash', 'brand', 'name', 'status'],
			...['changedTo', 'at', 'words', 'how', 'messageSid'],
		],
		evidence.flatMap(({ contact, contactHash, brand, name, status, changes }) =>
			changes.map((change) => [
				...[contact, contactHash, brand, name, status],
				...[change.status, change.since, change.by, change.how, change.messageSid],
			]),
		),
	);
}
