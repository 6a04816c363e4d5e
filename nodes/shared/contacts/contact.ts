import type { Message } from '../messaging/message';
import type { RecordValue } from '../threads/record-store';

/** How we came to know what a contact wants. */
export type ConsentSource =
	/** STOP, START and their like. */
	| 'keyword'
	/** In a sentence of their own. */
	| 'ownWords'
	/** Twilio refused a text with 21610. */
	| 'twilio'
	/** Somebody wrote it down for them. */
	| 'person'
	| 'import';

/** Whether a contact may be texted. `unknown` is somebody who never said. */
export type Consent =
	| { status: 'unknown' }
	| {
			status: 'optedIn' | 'optedOut';
			/** ISO 8601, UTC. */
			since: string;
			/** The contact's words; the evidence somebody gave; Twilio's error code that taught us. */
			by: string;
			how: ConsentSource;
			/** Of the text that said so. */
			messageSid?: string;
	  };

export type ConsentChange = Exclude<Consent, { status: 'unknown' }>;

/** What is known of a contact, for one brand. */
export interface Contact {
	consent: Consent;
	/** What consent was before and is now, oldest first; the newest MOST_CHANGES. */
	changes: ConsentChange[];
	name: string;
	/** The builder's own, by name. */
	facts: Record<string, string>;
	/** IANA name; empty where it is not known. */
	timeZone: string;
	/** The last conversation that ended, in the words of a model that has read it; absent before there was one. */
	memory?: {
		summary: string;
		/** One of the builder's; empty for none. */
		disposition: string;
		/** ISO 8601, UTC. */
		at: string;
		/** Which conversation it was, and the contact's newest text in it. */
		threadId: string;
		through: string;
	};
	/** The record was erased, all but the opt-out. */
	erased?: true;
	/** With which text an agent of the brand has said what its First Text Says; absent before it has. */
	firstText?: {
		messageSid: string;
		/** ISO 8601, UTC: when Twilio took it. */
		at: string;
		/** As they stand at the end of that text. */
		words: string;
	};
}

export type ContactMemory = NonNullable<Contact['memory']>;

export const MOST_CHANGES = 50;

export const UNKNOWN_CONTACT: Contact = {
	consent: { status: 'unknown' },
	changes: [],
	name: '',
	facts: {},
	timeZone: '',
};

/** A contact as it is kept. What a later version has added stays in it. */
export function contactIn(found: RecordValue | undefined): Contact {
	return found === undefined
		? structuredClone(UNKNOWN_CONTACT)
		: { ...structuredClone(UNKNOWN_CONTACT), ...found };
}

/**
 * What is known of a contact: their record and, where that says nothing of consent, the opt-out that
 * outlived the erasure of an earlier one.
 */
export function contactOf(
	found: RecordValue | undefined,
	erased: RecordValue | undefined,
): Contact {
	const contact = contactIn(found);
	if (erased === undefined || contact.consent.status !== 'unknown') return contact;
	const consent = erased['consent'] as unknown as ConsentChange;
	return { ...contact, consent, erased: true };
}

/**
 * The contact with consent as of this change; the same one where it says nothing new.
 *
 * @param isNewest whether nothing that we know of came after it. Else what was said later, or at the
 *   same time, stays.
 */
export function withConsent(contact: Contact, change: ConsentChange, isNewest = true): Contact {
	const { consent, changes } = contact;
	const isSettled = consent.status !== 'unknown' && !isNewest && consent.since >= change.since;
	if (consent.status === change.status || isSettled) return contact;
	return { ...contact, consent: change, changes: [...changes, change].slice(-MOST_CHANGES) };
}

/** Words with what the first text says behind them. */
export function withFirstTextWords(words: string, said: string): string {
	return words === '' ? said : `${words}\n${said}`;
}

/** The words of a text, without what only the first one says. */
export function ownWordsIn(
	{ messageSid, body }: Pick<Message, 'messageSid' | 'body'>,
	{ firstText }: Contact,
): string {
	const added = firstText?.messageSid === messageSid && withFirstTextWords(' ', firstText.words);
	const ending = added ? added.slice(1) : '';
	return ending !== '' && body.endsWith(ending) ? body.slice(0, -ending.length) : body;
}
