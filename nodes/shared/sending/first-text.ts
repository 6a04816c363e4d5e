import { agentOfThread } from '../contacts/agent-record';
import { contactIn, withFirstTextWords } from '../contacts/contact';
import { identityOfContact, type ContactIdentity } from '../contacts/standing';
import { FIRST_TEXT } from '../messaging/agent';
import { isoTime } from '../messaging/clock';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { countSegments } from '../messaging/segments';
import { shortenToSegments } from '../messaging/rewriting/shorten';
import { beginningOf, MAX_CHARACTERS } from '../messaging/text-bounds';
import type { ClaimRecord } from '../threads/claim-ledger';
import { claimKeys } from '../threads/claim-keys';
import { hasPassed } from '../threads/has-passed';
import { takeClaim, type HeldClaim } from '../threads/held-claim';
import { recordKeys } from '../threads/record-keys';
import { readRecord } from '../threads/record-store';
import { CERTAIN_AFTER_MS, SEND_HOLD_MS, SPEAKING_ASK_AGAIN_MS } from '../threads/timing';
import type { TwilioMessage } from '../twilio/api/messages';
import type { OutboundDraft, SendOutcome, SendServices } from './outbound-draft';
import { isSameText, listedSend } from './reconcile-send';
import { SentButNotRecordedError } from './send-errors';
import { readSendRecord, type OpenSend } from './send-record';

/**
 * What an agent says once to each contact of its brand, with the first text that goes out in its name:
 * who texts, and how to opt out. The contact's record says that it was said, and by which text.
 */

/**
 * Sends the text, with what the first one says where the contact has not had it. Whoever else would
 * say it meanwhile waits; a text that did not go out has said nothing. Where nobody can tell whether an
 * earlier text has said it, this one does not. Rejects as `send` does, with InvalidInputError where
 * there is no room for it, StoreUnavailableError.
 *
 * @param send notes on `first` what it is about to send, releases it where that is certainly not out,
 * and leaves it where nobody can tell.
 */
export async function withFirstText(
	services: SendServices,
	draft: OutboundDraft,
	send: (draft: OutboundDraft, first?: HeldClaim) => Promise<SendOutcome>,
): Promise<SendOutcome> {
	const line = await lineFor(services, draft);
	if (line === '') return await send(draft);
	const identity = await identityOfContact(services, draft.threadId);
	const first = await turnToSayIt(services, identity);
	if (first === undefined) return await send(draft);
	return await first.whileRenewing(services.clock, async () => {
		const said = await roomFor(draft, line, first);
		try {
			const outcome = await send(said, first);
			if (outcome.kind === 'unwanted') await first.release();
			else await keepSaid(services, identity, outcome.sent.messageSid, line, first);
			return outcome;
		} catch (error) {
			if (error instanceof SentButNotRecordedError) {
				await keepSaid(services, identity, error.messageSid, line, first);
			}
			throw error;
		}
	});
}

async function roomFor(
	draft: OutboundDraft,
	line: string,
	first: HeldClaim,
): Promise<OutboundDraft> {
	try {
		return { ...draft, ...joined(draft, line) };
	} catch (error) {
		await first.release();
		throw error;
	}
}

/** As an earlier try of the text may have sent it, which left no word about it. */
export async function perhapsFirst(
	services: SendServices,
	draft: OutboundDraft,
	open: OpenSend,
): Promise<OpenSend> {
	const line = await lineFor(services, draft);
	return line === '' ? open : { ...open, ...joined(draft, line) };
}

/**
 * A text was found to be out: where it is the first, it has said it. Gives its words as they went out.
 * Rejects with StoreUnavailableError.
 */
export async function keepFoundText(
	services: SendServices,
	threadId: string,
	{ messageSid, body }: TwilioMessage,
	open: OpenSend,
): Promise<string> {
	if (open.words !== undefined && isSameText(body, open.words)) return open.words;
	if (open.words === undefined) return open.body;
	const identity = await identityOfContact(services, threadId);
	await write(services, identity, messageSid, lineIn(open));
	return open.body;
}

/** A text that never came to be has said nothing. Rejects with StoreUnavailableError. */
export async function takeBackFirstText(
	{ store }: Pick<SendServices, 'store'>,
	{ accountSid, brand, number }: ContactIdentity,
	messageSid: string,
): Promise<void> {
	await store.records.change(recordKeys.contact(accountSid, brand, number), (present) => {
		if (contactIn(present).firstText?.messageSid !== messageSid) return present;
		return { ...present, firstText: undefined };
	});
}

/** Empty where this text says nothing beside its words. */
async function lineFor(
	services: Pick<SendServices, 'store' | 'clock'>,
	{ threadId, author, asAgent, purpose }: OutboundDraft,
): Promise<string> {
	const isAgents = author === 'agent' || asAgent === true;
	if (!isAgents || purpose?.kind === 'optOutConfirmation') return '';
	return (await agentOfThread(services, threadId))?.firstText ?? '';
}

/** Undefined where it was said, or may have been. */
async function turnToSayIt(
	services: SendServices,
	identity: ContactIdentity,
): Promise<HeldClaim | undefined> {
	const { store, clock, signal } = services;
	const { accountSid, brand, number } = identity;
	const key = claimKeys.firstText(accountSid, brand, number);
	if (await wasSaid(services, identity)) return undefined;
	for (;;) {
		const taken = await takeClaim(store.claims, key, SEND_HOLD_MS);
		if (taken.status === 'claimed') {
			return await stillToSay(services, identity, taken.claim, taken.previous);
		}
		await clock.sleep(SPEAKING_ASK_AGAIN_MS, signal);
	}
}

/** Before we had the claim, another may have said it, or died or given up while it did. */
async function stillToSay(
	services: SendServices,
	identity: ContactIdentity,
	claim: HeldClaim,
	previous: ClaimRecord | undefined,
): Promise<HeldClaim | undefined> {
	const left = readSendRecord(previous);
	if (previous === undefined || left?.phase !== 'sending') {
		if (!(await wasSaid(services, identity))) return claim;
		await claim.release();
		return undefined;
	}
	try {
		const isSaid = await wasSaid(services, identity);
		const message = isSaid
			? undefined
			: await listedSend(services, { ...left, words: undefined });
		if (message) await write(services, identity, message.messageSid, lineIn(left));
		if (isSaid || message) {
			await claim.release();
			return undefined;
		}
		if (hasPassed(Date.parse(left.since), CERTAIN_AFTER_MS, services.clock.now())) return claim;
	} catch {
		// Twilio does not tell now; the next text asks again.
	}
	await claim.leave(previous);
	return undefined;
}

/** What is read ahead for a list may be a second old. */
async function wasSaid(
	{ store }: SendServices,
	{ accountSid, brand, number }: ContactIdentity,
): Promise<boolean> {
	const { records } = store.fresh ?? store;
	const found = await readRecord(records, recordKeys.contact(accountSid, brand, number));
	return contactIn(found).firstText !== undefined;
}

/** The text is out. Where that cannot be written down, the claim tells the next what to look for. */
async function keepSaid(
	services: SendServices,
	identity: ContactIdentity,
	messageSid: string,
	line: string,
	first: HeldClaim,
): Promise<void> {
	try {
		await write(services, identity, messageSid, line);
	} catch {
		return;
	}
	await first.release();
}

async function write(
	{ store, clock }: SendServices,
	{ accountSid, brand, number }: ContactIdentity,
	messageSid: string,
	words: string,
): Promise<void> {
	const firstText = { messageSid, at: isoTime(clock), words };
	await store.records.change(recordKeys.contact(accountSid, brand, number), (present) =>
		contactIn(present).firstText === undefined ? { ...present, firstText } : present,
	);
}

/** Throws InvalidInputError where a builder's words leave no room; a model's are shortened. */
function joined({ author, body }: OutboundDraft, line: string): { body: string; words: string } {
	const room = MAX_CHARACTERS - withFirstTextWords(' ', line).length + 1;
	if (body.length > room && author !== 'agent') {
		throw new InvalidInputError({
			field: FIRST_TEXT,
			cause: `with it the text has ${withFirstTextWords(body, line).length} characters; Twilio takes ${MAX_CHARACTERS} at most`,
			fix: 'Shorten the text, or what the first text says.',
		});
	}
	const words = body.length > room ? shortened(body, room) : body;
	return { body: withFirstTextWords(words, line), words };
}

function shortened(body: string, room: number): string {
	for (let segments = countSegments(body).numSegments; segments > 0; segments--) {
		const shorter = shortenToSegments(body, segments);
		if (shorter !== undefined && shorter.length <= room) return shorter;
	}
	return beginningOf(body, room);
}

function lineIn({ body, words = '' }: OpenSend): string {
	return body.slice(withFirstTextWords(words, '').length);
}
