import { isoTime } from '../messaging/clock';
import type { ConsentChange } from '../contacts/contact';
import { changeConsent } from '../contacts/change-consent';
import { identityOfContact, readStanding } from '../contacts/standing';
import type { ClaimRecord } from '../threads/claim-ledger';
import { hasPassed } from '../threads/has-passed';
import { takeClaim, type HeldClaim } from '../threads/held-claim';
import { takenOver, takeoverAt, type TakesOver } from '../threads/takeover';
import { NEWEST_MESSAGES, type Takeover, type Thread } from '../threads/thread-store';
import { takeThread, whileSpeaking } from '../threads/turns/speaking';
import { NOTE_LASTS_MS, SEND_HOLD_MS, WRITE_HOLD_MS } from '../threads/timing';
import type { TwilioMessage } from '../twilio/api/messages';
import { TwilioApiError } from '../twilio/api/twilio-client';
import { afterConsent } from './opt-outs/after-consent';
import { blockedByTwilio, OPTED_OUT_CODE } from './opt-outs/opt-out-confirmation';
import { keepFoundText, perhapsFirst, withFirstText } from './first-text';
import type {
	OutboundDraft,
	SendIdentity,
	SendOutcome,
	SendServices,
	SentMessage,
	Unwanted,
} from './outbound-draft';
import { postMessage, type Posted, type Tried } from './post-message';
import { findLostSend, outcomeOfOpenSend, type LostSend } from './reconcile-send';
import { describeSent, recallSent, recordSent, type SendingClaim } from './record-sent';
import { OutcomeUnknownError, SendHeldError } from './send-errors';
import { isPassingRefusal } from './passing-failure';
import { openSendOf, readSendRecord, writtenSendOf, type OpenSend } from './send-record';
import { callOffScheduled, noteScheduled } from './opt-outs/scheduled-texts';
import { optOutOf, whyUnwanted } from './still-wanted';
import { noticeTextsElsewhere } from './texts-elsewhere';

export interface SendHow {
	keepWords?: boolean;
}

export interface SendOnce extends SendIdentity {
	key: string;
	/**
	 * The text, where it is known before the claim is taken, which then says so from the start and saves
	 * a call of the store. `write` runs all the same, and gives this very draft or why it must not go out.
	 */
	ready?: OutboundDraft | undefined;
	/** What an earlier try may have begun that no claim tells of: Twilio is asked before anything is sent. */
	doubt?: OpenSend | undefined;
}

/** Sends texts, each one once. When a method rejects, nothing was sent, unless its error says otherwise. */
export interface SmsSender {
	/**
	 * Sends the text of this key once, however often it is called, and calls `write` for the words
	 * only when they are needed. Rejects with SendHeldError when another run is sending it, with
	 * OutcomeUnknownError when an earlier run died and nobody can tell whether it had sent, with what
	 * `write` rejects with, and as `sendHeld`.
	 */
	sendOnce(send: SendOnce, write: () => Promise<OutboundDraft | Unwanted>): Promise<SendOutcome>;

	/** `sendOnce` for words that are there already. */
	sendToThread(draft: OutboundDraft, key: string): Promise<SendOutcome>;

	/**
	 * Sends under a claim that the caller holds and renews, and adds the text to its thread. When
	 * nothing was sent the claim is released or, with `keepWords`, left to the next run with the words
	 * where what kept them back may pass. When nobody can tell it is left to the next run.
	 *
	 * Rejects with TwilioApiError (Twilio refused), NoAnswerError (Twilio was never reached),
	 * OutcomeUnknownError, SentButNotRecordedError, ClaimLostError, StoreUnavailableError.
	 */
	sendHeld(claim: HeldClaim, draft: OutboundDraft, how?: SendHow): Promise<SendOutcome>;

	/**
	 * Finds out what came of the send that an earlier holder of the claim left open, and adds the text
	 * to its thread where it went out. Undefined where it certainly did not. Rejects with
	 * OutcomeUnknownError, SentButNotRecordedError, StoreUnavailableError; the claim is still held.
	 */
	recover(
		claim: HeldClaim,
		identity: SendIdentity,
		left: ClaimRecord,
	): Promise<SentMessage | undefined>;

	/** Texts of others to the contact join the thread; see texts-elsewhere.ts. */
	noticeElsewhere(thread: Thread, contact: string, withinMs: number): Promise<boolean>;

	/** Lets Twilio know what the contact wants now; see after-consent.ts. */
	consentChanged(
		threadId: string,
		change: ConsentChange,
		senders: readonly string[],
	): Promise<string | undefined>;

	/** `takeThread`, and what agents have scheduled for the contact is called off. Rejects as Twilio's client does, too. */
	takeOver(threadId: string, takes: TakesOver): Promise<Takeover>;

	/** A text that the thread shows, as Twilio has it now. Rejects with StoreUnavailableError. */
	recall(identity: SendIdentity, messageSid: string): Promise<SentMessage>;
}

/** Binds the services, so that the one value is passed on. */
export function smsSender(services: SendServices): SmsSender {
	return {
		sendOnce: async (send, write) => await sendOnce(services, send, write),
		sendToThread: async (draft, key) =>
			await sendOnce(
				services,
				{ ...identityOf(draft), key, ready: draft },
				async () => draft,
			),
		sendHeld: async (claim, draft, how) =>
			await sendHeld(services, { claim, isLease: true }, draft, how),
		recover: async (claim, identity, left) =>
			await recover(services, { claim, isLease: true }, identity, left),
		noticeElsewhere: async (thread, contact, withinMs) =>
			await noticeTextsElsewhere(services, thread, contact, withinMs),
		consentChanged: async (threadId, change, senders) =>
			await afterConsent(
				services,
				await identityOfContact(services, threadId),
				change,
				senders,
			),
		takeOver: async (threadId, takes) => await takeOver(services, threadId, takes),
		recall: async (identity, messageSid) =>
			await recallSent(services, identity, { messageSid, reconciled: false }),
	};
}

async function sendOnce(
	services: SendServices,
	{ key, ready, doubt, ...identity }: SendOnce,
	write: () => Promise<OutboundDraft | Unwanted>,
): Promise<SendOutcome> {
	const { claims } = services.store;
	const open = ready && openSendOf(services.clock, ready);
	const taken = await takeClaim(claims, key, open ? SEND_HOLD_MS : WRITE_HOLD_MS, open);
	if (taken.status === 'held') throw new SendHeldError();
	if (taken.status === 'settled') {
		const record = readSendRecord(taken.record);
		if (record?.phase !== 'sent') throw new Error('A claim was settled without a message SID');
		const { messageSid } = record;
		return asSent(await recallSent(services, identity, { messageSid, reconciled: false }));
	}

	const { claim } = taken;
	const doubted = doubt && ready ? await perhapsFirst(services, ready, doubt) : doubt;
	const previous = taken.previous ?? doubted;
	if (previous) {
		const recovered = await recoverOrLeave(services, claim, identity, previous);
		if (recovered) return asSent(recovered);
	}
	const draft = await releaseOnFailure(claim, write);
	if ('why' in draft) {
		await claim.release();
		return { kind: 'unwanted', why: draft };
	}
	const noted = previous === undefined && draft === ready ? open : undefined;
	// Others may be before it, where Twilio turns texts away.
	return await claim.whileRenewing(
		services.clock,
		async () => await sendHeld(services, { claim, isLease: false }, draft, { noted }),
	);
}

/** `noted` is what the claim says of the text already. */
async function sendHeld(
	services: SendServices,
	held: SendingClaim,
	draft: OutboundDraft,
	{ noted, ...how }: SendHow & { noted?: OpenSend | undefined } = {},
): Promise<SendOutcome> {
	let isBegun = false;
	try {
		return await withFirstText(services, draft, async (said, first) => {
			isBegun = true;
			const known = first === undefined ? { noted } : { first };
			return await sendSaid(services, held, said, { ...how, ...known });
		});
	} catch (error) {
		if (!isBegun) await held.claim.release();
		throw error;
	}
}

/**
 * Looks, notes, posts, finds what was lost, records. `first` is held by the first text to a contact,
 * and knows what its own claim knows.
 */
async function sendSaid(
	services: SendServices,
	held: SendingClaim,
	draft: OutboundDraft,
	{
		keepWords = false,
		noted,
		first,
	}: SendHow & { noted?: OpenSend | undefined; first?: HeldClaim },
): Promise<SendOutcome> {
	const { clock, store } = services;
	const { claim } = held;
	const { threadId, author, person, answersTo } = draft;
	let open = noted ?? openSendOf(clock, draft);
	let isNoted = noted !== undefined;
	/** Fixed words of a workflow talk over nobody. */
	const speaks = author === 'agent' || person !== undefined || answersTo !== undefined;
	let isLeft = false;
	const postAndLeave = async (work: () => Promise<Tried>) => {
		const tried = await work();
		if (tried.kind === 'unwanted' || tried.kind === 'notSent') return tried;
		// The text is out, whatever becomes of this; it is tried again below.
		isLeft = await leaveAnswers(services, draft).catch(() => false);
		return tried;
	};
	// A person may have taken the thread over since it was read ahead for a list.
	const looking = speaks ? { ...services, store: store.fresh ?? store } : services;
	/** Before each try: the contact may have written, or opted out, while we composed or waited. */
	const lookAndNote = async (): Promise<Unwanted | undefined> => {
		const standing = await readStanding(looking, threadId, NEWEST_MESSAGES);
		const unwanted = whyUnwanted(standing, draft, clock.now());
		if (unwanted) return unwanted;
		if (isNoted && !hasPassed(Date.parse(open.since), NOTE_LASTS_MS, clock.now()))
			return undefined;
		open = openSendOf(clock, draft);
		await claim.note(open, SEND_HOLD_MS);
		await first?.note(open, SEND_HOLD_MS);
		isNoted = true;
		return undefined;
	};

	const alone = async (work: () => Promise<Tried>) =>
		speaks
			? await whileSpeaking(services, threadId, async () => await postAndLeave(work))
			: await work();

	let posted: Posted;
	try {
		if (person) await takeOver(services, threadId, person);
		posted = await postMessage(services, draft, lookAndNote, alone);
	} catch (error) {
		// When posting rejects, the text was certainly not sent.
		await first?.release();
		if (keepWords && isPassingRefusal(error)) await claim.leave(writtenSendOf(draft));
		else await claim.release();
		if (!(error instanceof TwilioApiError) || error.code !== OPTED_OUT_CODE) throw error;
		return { kind: 'unwanted', why: await learnOptOut(services, draft, error) };
	}
	if (posted.kind === 'unwanted') {
		await claim.release();
		return { kind: 'unwanted', why: posted.unwanted };
	}
	const message =
		posted.kind === 'accepted'
			? posted.message
			: await findOrLeave(services, { threadId, claim, open }, posted.error, first);
	await noteIfScheduled(services, draft, message);
	await recordSent(services, held, identityOf(draft), message, draft);
	if (!isLeft) await leaveAnswers(services, draft);
	const reconciled = posted.kind === 'unknown';
	return asSent(describeSent(services, draft, message, { repeated: false, reconciled }));
}

/** Gives the thread to whoever is to get the answers; true, in any case. Rejects with StoreUnavailableError. */
async function leaveAnswers(
	{ store, clock }: SendServices,
	{ threadId, answersTo }: SendIdentity,
): Promise<true> {
	if (answersTo) {
		await store.threads.changeState(threadId, (state) => {
			const present = takeoverAt(state, clock.now());
			if (present === undefined) return takenOver(state, answersTo, clock.now());
			// Whoever has it already keeps it.
			return { ...state, takeover: { ...present, until: null, pauseMs: null } };
		});
	}
	return true;
}

/** What an agent has scheduled would talk over the person later. */
async function takeOver(
	services: SendServices,
	threadId: string,
	takes: TakesOver,
): Promise<Takeover> {
	const takeover = await takeThread(services, threadId, takes);
	await callOffScheduled(services, await identityOfContact(services, threadId), 'agents');
	return takeover;
}

/** Before the text is settled: a contact who opts out must not get it. */
async function noteIfScheduled(
	services: SendServices,
	{ threadId, author, sendAt }: OutboundDraft,
	{ messageSid }: TwilioMessage,
): Promise<void> {
	if (sendAt === undefined) return;
	const identity = await identityOfContact(services, threadId);
	await noteScheduled(services, identity, { messageSid, at: sendAt.toISOString(), author });
}

/** Finds the text of which Twilio's answer was lost. Else rejects with OutcomeUnknownError and leaves the claim to the next run. */
async function findOrLeave(
	services: SendServices,
	lost: LostSend,
	failure: unknown,
	first: HeldClaim | undefined,
): Promise<TwilioMessage> {
	let cause = failure;
	try {
		const message = await findLostSend(services, lost);
		if (message) return message;
	} catch (error) {
		cause = new AggregateError([failure, error]);
	}
	await lost.claim.leave(lost.open);
	await first?.leave(lost.open);
	throw new OutcomeUnknownError(lost.open, { cause });
}

async function recover(
	services: SendServices,
	held: SendingClaim,
	identity: SendIdentity,
	left: ClaimRecord,
): Promise<SentMessage | undefined> {
	const record = readSendRecord(left);
	if (record === undefined || record.phase === 'written') return undefined;
	if (record.phase === 'sent') {
		const { messageSid } = record;
		return await recallSent(services, identity, { messageSid, reconciled: false });
	}
	const { claim } = held;
	const { threadId } = identity;
	const message = await outcomeOfOpenSend(services, { threadId, claim, open: record });
	if (message === undefined) {
		// Certainly not sent: the note is void. Clearing it also renews the hold, for asking took time.
		await claim.clear();
		return undefined;
	}
	const body = await keepFoundText(services, threadId, message, record);
	await recordSent(services, held, identity, message, { ...record, body });
	await leaveAnswers(services, identity);
	const { messageSid } = message;
	return await recallSent(services, identity, { messageSid, reconciled: true });
}

/** As `recover`; where it rejects the next may ask at once, and finds the record. */
async function recoverOrLeave(
	services: SendServices,
	claim: HeldClaim,
	identity: SendIdentity,
	left: ClaimRecord,
): Promise<SentMessage | undefined> {
	try {
		return await recover(services, { claim, isLease: false }, identity, left);
	} catch (error) {
		await claim.leave(left);
		throw error;
	}
}

async function releaseOnFailure<Result>(
	claim: HeldClaim,
	work: () => Promise<Result>,
): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		await claim.release();
		throw error;
	}
}

/** Writes down what Twilio's refusal taught, so that no node asks again. */
async function learnOptOut(
	services: SendServices,
	{ threadId, to, purpose }: OutboundDraft,
	refusal: TwilioApiError,
): Promise<Unwanted> {
	if (purpose?.kind === 'optOutConfirmation') return blockedByTwilio(to, refusal);
	const identity = await identityOfContact(services, threadId);
	const { contact } = await changeConsent(services, identity, {
		status: 'optedOut',
		since: isoTime(services.clock),
		by: String(OPTED_OUT_CODE),
		how: 'twilio',
	});
	if (contact.consent.status !== 'optedOut') throw refusal;
	return optOutOf(to, contact.consent, refusal);
}

function identityOf({ threadId, author, answers, person, answersTo }: OutboundDraft): SendIdentity {
	return {
		threadId,
		author,
		...(answers === undefined ? {} : { answers }),
		...(person === undefined ? {} : { person }),
		...(answersTo === undefined ? {} : { answersTo }),
	};
}

function asSent(message: SentMessage): SendOutcome {
	return { kind: 'sent', sent: message };
}
