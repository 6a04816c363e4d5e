import { parseThreadId } from '../messaging/thread-id';
import { actionsIn, type Action } from '../threads/actions';
import { recordKeys } from '../threads/record-keys';
import { readRecords } from '../threads/record-store';
import type { Thread, ThreadServices } from '../threads/thread-store';
import { brandOfThread } from './agent-record';
import { contactOf, type Contact } from './contact';

/** Nobody lets any agent of the brand write. */
export interface Pause {
	/** ISO 8601, UTC. */
	since: string;
	by: string;
}

/** A thread as whoever may text has to see it: with what holds for its contact and its brand. */
export interface Standing extends Thread {
	contact: Contact;
	/** Set while all agents of the brand are paused. */
	pause?: Pause;
	/** What the agent has done in this thread by its tools; oldest first. */
	actions: Action[];
}

/** Whose contact it is, and under which brand. */
export interface ContactIdentity {
	accountSid: string;
	brand: string;
	/** E.164. */
	number: string;
}

/** Rejects with StoreUnavailableError. */
export async function identityOfContact(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
): Promise<ContactIdentity> {
	const { accountSid, contact } = parseThreadId(threadId) ?? { accountSid: '', contact: '' };
	const brand = await brandOfThread(services, threadId);
	return { accountSid, brand, number: contact };
}

/** The newest `limit` messages of a thread, its contact and its brand. Rejects with StoreUnavailableError. */
export async function readStanding(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
	limit: number,
): Promise<Standing> {
	return await standingOf(services, threadId, services.store.threads.read(threadId, limit));
}

/**
 * A thread that is being read, with its contact and its brand, which are read meanwhile. Rejects as
 * `reading` does, and with StoreUnavailableError.
 */
export async function standingOf(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
	reading: Promise<Thread>,
): Promise<Standing> {
	const [thread, around] = await Promise.all([reading, aroundThread(services, threadId)]);
	return { ...thread, ...around };
}

/** The records that stand around a thread, read in one call. */
export async function keysAround(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
): Promise<string[]> {
	const { accountSid, brand, number } = await identityOfContact(services, threadId);
	return [
		recordKeys.contact(accountSid, brand, number),
		recordKeys.erased(accountSid, brand, number),
		recordKeys.brand(accountSid, brand),
		recordKeys.actions(threadId),
	];
}

async function aroundThread(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
): Promise<Pick<Standing, 'contact' | 'pause' | 'actions'>> {
	const keys = await keysAround(services, threadId);
	const found = await readRecords(services.store.records, keys);
	const [record, erased, ofBrand, ofActions] = found;
	const pause = ofBrand?.['pause'] as Pause | undefined;
	const actions = actionsIn(ofActions);
	return { contact: contactOf(record, erased), ...(pause ? { pause } : {}), actions };
}
