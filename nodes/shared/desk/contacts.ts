import { agentIdFromName, DEFAULT_AGENT_NAME } from '../messaging/agent';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { parseThreadId, threadIdOf } from '../messaging/thread-id';
import { beginningOf, quoted } from '../messaging/text-bounds';
import { contactOf, UNKNOWN_CONTACT, type Contact } from '../contacts/contact';
import type { ContactIdentity } from '../contacts/standing';
import { recordKeys } from '../threads/record-keys';
import { readRecord, recordsUnder } from '../threads/record-store';
import {
	MOST_THREADS_READ,
	type ThreadServices,
	type ThreadSummary,
} from '../threads/thread-store';
import { listAgents } from './agents';
import { listThreads, type ListedThread } from './list-threads';
import { findContacts } from './read-records';
import { deleteThread, withFacts } from './threads';

/** As the builder sees it. */
const CONTACT = 'Contact';
const LONGEST_NAME = 200;

/** What is known of a contact, and their conversations with the agents of the brand. */
export interface KnownContact extends ContactIdentity {
	contact: Contact;
	threads: Array<
		Pick<ThreadSummary, 'threadId' | 'keptMessages' | 'state'> & { lastMessageAt: string }
	>;
}

/** Throws InvalidInputError for somebody of whom nothing is known; rejects with StoreUnavailableError. */
export async function readContact(
	services: ThreadServices,
	identity: ContactIdentity,
): Promise<KnownContact> {
	const [[found], threads] = await Promise.all([
		findContacts(services.store.records, [identity]),
		threadsOfContact(services, identity),
	]);
	if (!found?.isKept && threads.length === 0) throw unknownContact(identity);
	return { ...identity, contact: found?.contact ?? UNKNOWN_CONTACT, threads };
}

function unknownContact({ brand, number }: ContactIdentity): InvalidInputError {
	return new InvalidInputError({
		field: CONTACT,
		cause: `nothing is known of ${number}${brand === '' ? '' : ` by the brand ${quoted(brand)}`}`,
		fix: 'Check the number and the brand, and choose under Keep Conversations In what the trigger has.',
	});
}

/** Where no trigger has written down an agent, texts belong to this one. */
const USUAL_AGENT = agentIdFromName(DEFAULT_AGENT_NAME);

/** Their threads with the agents of the brand that triggers have written down, or with the usual one. */
async function threadsOfContact(
	services: ThreadServices,
	{ accountSid, brand, number }: ContactIdentity,
): Promise<KnownContact['threads']> {
	const agents = await listAgents(services, accountSid);
	const ofBrand = agents
		.filter(({ agent }) => agent.brand === brand)
		.map(({ agent }) => agent.id);
	const isUsualKnown = agents.some(({ agent }) => agent.id === USUAL_AGENT);
	const agentIds = brand === '' && !isUsualKnown ? [...ofBrand, USUAL_AGENT] : ofBrand;
	const ids = agentIds.map((agentId) => threadIdOf({ accountSid, agentId, contact: number }));
	const found: KnownContact['threads'] = [];
	for (let from = 0; from < ids.length; from += MOST_THREADS_READ) {
		const page = ids.slice(from, from + MOST_THREADS_READ);
		for (const thread of await services.store.threads.readMany(page, 1)) {
			if (thread instanceof Error) throw thread;
			const { threadId, state, keptMessages, messages } = thread;
			const lastMessageAt = messages.at(-1)?.at ?? '';
			if (lastMessageAt !== '') found.push({ threadId, state, keptMessages, lastMessageAt });
		}
	}
	return found;
}

export interface ContactFilter {
	/** Undefined for every brand. */
	brand?: string | undefined;
	status?: Contact['consent']['status'] | undefined;
}

export interface ListedContact extends ContactIdentity {
	contact: Contact;
}

/**
 * Contacts with a record, by number, and then those who have only texted. Rejects with
 * StoreUnavailableError.
 */
export async function* listContacts(
	services: ThreadServices,
	accountSid: string,
	{ brand, status }: ContactFilter,
): AsyncGenerator<ListedContact> {
	const isWanted = ({ consent }: Contact) => status === undefined || consent.status === status;
	for await (const listed of recordedContacts(services, accountSid, brand)) {
		if (isWanted(listed.contact)) yield listed;
	}
	const seen = new Set<string>();
	for await (const thread of listThreads(services, accountSid, {})) {
		const identity = { accountSid, brand: thread.brand, number: thread.number };
		const key = `${identity.brand}:${identity.number}`;
		if (seen.has(key) || (brand !== undefined && identity.brand !== brand)) continue;
		seen.add(key);
		if (!isWanted(thread.contact) || (await hasRecord(services, identity))) continue;
		yield { ...identity, contact: thread.contact };
	}
}

async function hasRecord(services: ThreadServices, identity: ContactIdentity): Promise<boolean> {
	const { accountSid, brand, number } = identity;
	const key = recordKeys.contact(accountSid, brand, number);
	return (await readRecord(services.store.records, key)) !== undefined;
}

/** Contacts that something is written down of, by brand and number. Rejects with StoreUnavailableError. */
async function* recordedContacts(
	{ store, signal }: ThreadServices,
	accountSid: string,
	brand: string | undefined,
): AsyncGenerator<ListedContact> {
	const ofAccount = recordKeys.contact(accountSid, '', '').slice(0, -1);
	const prefix = brand === undefined ? ofAccount : recordKeys.contact(accountSid, brand, '');
	for await (const { key, value } of recordsUnder(store.records, prefix)) {
		signal?.throwIfAborted();
		const [, , ofBrand = '', number = ''] = key.split(':');
		yield { accountSid, brand: ofBrand, number, contact: contactOf(value, undefined) };
	}
}

export interface ContactChange {
	/** Undefined leaves it; empty takes it away. */
	name?: string | undefined;
	/** IANA name. */
	timeZone?: string | undefined;
	facts: Readonly<Record<string, string>>;
}

/**
 * Writes down who somebody is, of a contact who never texted too; what they want stays as it is. Throws
 * InvalidInputError for a time zone that there is not; rejects with StoreUnavailableError.
 */
export async function setContact(
	{ store }: ThreadServices,
	{ accountSid, brand, number }: ContactIdentity,
	{ name, timeZone, facts }: ContactChange,
): Promise<Contact> {
	if (timeZone !== undefined && timeZone !== '') assertTimeZone(timeZone);
	const erased = await readRecord(store.records, recordKeys.erased(accountSid, brand, number));
	const key = recordKeys.contact(accountSid, brand, number);
	const kept = await store.records.change(key, (present) => {
		const before = contactOf(present, erased);
		return {
			...present,
			consent: before.consent,
			changes: before.changes,
			name: beginningOf((name ?? before.name).trim(), LONGEST_NAME),
			timeZone: timeZone ?? before.timeZone,
			facts: withFacts(before.facts, facts),
		};
	});
	return contactOf(kept, erased);
}

function assertTimeZone(timeZone: string): void {
	try {
		new Intl.DateTimeFormat('en', { timeZone });
	} catch {
		throw new InvalidInputError({
			field: 'Time Zone',
			cause: `${quoted(timeZone)} is not a time zone`,
			fix: 'Enter one like America/New_York or Europe/Berlin.',
		});
	}
}

export interface Erasure {
	threads: number;
	/** Whether the opt-out stays, as a hash that nobody reads the number from. */
	keptOptOut: boolean;
}

/**
 * Forgets a contact: their threads with every agent of the brand, notes, name, facts and words. An
 * opt-out outlives it as the hash of the number, without their words, so that nobody texts them again.
 * Throws InvalidInputError for somebody of whom nothing is known.
 */
export async function eraseContact(
	services: ThreadServices,
	identity: ContactIdentity,
): Promise<Erasure> {
	const known = await threadsOfContact(services, identity);
	const threadIds = new Set(known.map(({ threadId }) => threadId));
	for await (const thread of unlistedThreads(services, identity)) threadIds.add(thread.threadId);
	const [found] = await findContacts(services.store.records, [identity]);
	if (!found?.isKept && threadIds.size === 0) throw unknownContact(identity);
	for (const threadId of threadIds) await deleteThread(services, threadId);
	const { accountSid, brand, number } = identity;
	await services.store.records.delete(recordKeys.givenAgents(accountSid, brand, number));
	const keptOptOut = await eraseRecord(services, identity);
	return { threads: threadIds.size, keptOptOut };
}

/** Those with agents that no trigger has written down: they have no brand, and only a look through all finds them. */
async function* unlistedThreads(
	services: ThreadServices,
	{ accountSid, brand, number }: ContactIdentity,
): AsyncGenerator<ListedThread> {
	if (brand !== '') return;
	for await (const thread of listThreads(services, accountSid, {})) {
		const isTheirs = parseThreadId(thread.threadId)?.contact === number;
		if (isTheirs && thread.brand === brand) yield thread;
	}
}

async function eraseRecord(
	{ store: { records } }: ThreadServices,
	{ accountSid, brand, number }: ContactIdentity,
): Promise<boolean> {
	const key = recordKeys.contact(accountSid, brand, number);
	const erasedKey = recordKeys.erased(accountSid, brand, number);
	for (;;) {
		const erased = await readRecord(records, erasedKey);
		const { consent } = contactOf(await readRecord(records, key), erased);
		if (consent.status === 'optedOut') {
			const { status, since, how } = consent;
			await records.change(erasedKey, () => ({ consent: { status, since, by: '', how } }));
		}
		let isGone = false;
		await records.change(key, (present) => {
			// What they said since then is not forgotten unseen.
			isGone = JSON.stringify(contactOf(present, erased).consent) === JSON.stringify(consent);
			return isGone ? undefined : present;
		});
		if (isGone) return consent.status === 'optedOut';
	}
}
