import type { AgentRecord } from '../contacts/agent-record';
import { pauseBrand, resumeBrand } from '../contacts/pause';
import { readStanding } from '../contacts/standing';
import type { Agent } from '../messaging/agent';
import { consentWordOf } from '../messaging/consent-keywords';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { reactionOf } from '../messaging/reaction';
import { reasonOf } from '../messaging/reason-of';
import { parseThreadId, threadIdOf } from '../messaging/thread-id';
import type { OutboundDraft } from '../sending/outbound-draft';
import { isPassingRefusal } from '../sending/passing-failure';
import {
	OutcomeUnknownError,
	SendHeldError,
	SentButNotRecordedError,
} from '../sending/send-errors';
import type { SmsSender } from '../sending/send-to-thread';
import { claimKeys } from '../threads/claim-keys';
import { takeClaim } from '../threads/held-claim';
import { takeoverAt, USUAL_PAUSE_MS } from '../threads/takeover';
import {
	ClaimLostError,
	StoreUnavailableError,
	type ThreadServices,
} from '../threads/thread-store';
import { WRITE_HOLD_MS } from '../threads/timing';
import { parseCommand, type OwnersCommand } from './commands';
import {
	giveBack,
	openHandOver,
	openHandOvers,
	type NumberedHandOver,
	type OwnedAgent,
} from './hand-overs';
import { answers, handOverText, helpText, LISTED, listText, type Known } from './words-to-owners';
import { countWrongPin, isLockedOut } from './wrong-pins';

/**
 * The people behind an agent, at their own phones: they are told of contacts who need a person, and
 * what they text to the agent's number is a command. It joins no contact's thread, no model sees it,
 * and no run begins with it.
 */
export interface OwnersServices extends ThreadServices {
	sms: SmsSender;
}

const MINUTE_MS = 60_000;
/** Texts within an hour: of one contact's turns to one phone, of answers to one phone. */
const MOST_TOLD = 30;
const MOST_ANSWERS = 60;
/** Texts that are relayed within an hour, to one contact and to all of an agent's. */
const MOST_RELAYED = { toOne: 30, toAll: 300 };

/** A turn that a person is to answer. */
export interface HandedOver {
	agent: AgentRecord;
	threadId: string;
	/** The number that the contact wrote to. */
	sender: string;
	messagingServiceSid: string | null;
	/** The turn is known by it. */
	newestSid: string;
	lastWords: string;
	why: string;
	/** The agent is silent already: a person has the contact, or all agents are paused. */
	isTaken: boolean;
}

export interface OwnersTold {
	/** Under which the phones know the contact; null where none could be given. */
	number: number | null;
	/** Phones that Twilio has a text for. */
	told: string[];
	/** Why others were not told. */
	warnings: string[];
}

/**
 * Texts every owner's phone of the agent, once per turn, from the number that the contact wrote to.
 * Never rejects: that nobody could be told undoes nothing of the turn.
 */
export async function tellOwners(
	services: OwnersServices,
	handedOver: HandedOver,
): Promise<OwnersTold> {
	const { threadId, agent } = handedOver;
	const { accountSid, contact } = identityIn(threadId);
	const phones = agent.ownersPhones.filter((phone) => phone !== contact);
	if (phones.length === 0) return { number: null, told: [], warnings: [] };
	let known: Known;
	try {
		const { sender, messagingServiceSid, why } = handedOver;
		const at = new Date(services.clock.now()).toISOString();
		const { records } = services.store;
		const number = await openHandOver(
			records,
			{ accountSid, agentId: agent.id },
			{ threadId, contact, at, why, sender, messagingServiceSid },
		);
		known = await withName(services, { number, contact, threadId });
	} catch (error) {
		const why = reasonOf(error);
		return { number: null, told: [], warnings: phones.map((phone) => notTold(phone, why)) };
	}
	const body = handOverText(
		{ ...handedOver, ...known },
		agent.ownersWords,
		agent.asksForPin === true,
	);
	const told = await Promise.all(
		phones.map(async (phone) => await tellPhone(services, handedOver, phone, body)),
	);
	return {
		number: known.number,
		told: phones.filter((_, index) => told[index] === undefined),
		warnings: told.flatMap((why, index) => (why ? notTold(phones[index] ?? '', why) : [])),
	};
}

function notTold(phone: string, why: string): string {
	return `The owner's phone ${phone} was not told: ${why}`;
}

/** Resolves to why it was not told. */
async function tellPhone(
	{ sms, store }: OwnersServices,
	{ threadId, agent, newestSid, sender, messagingServiceSid }: HandedOver,
	phone: string,
	body: string,
): Promise<string | undefined> {
	const { accountSid } = identityIn(threadId);
	const key = claimKeys.ownerTold(threadId, newestSid, phone);
	const draft = draftTo(
		{ accountSid, agentId: agent.id },
		{ phone, sender, messagingServiceSid },
		body,
	);
	try {
		const outcome = await sms.sendOnce({ ...identityOf(draft), key }, async () => {
			const about = claimKeys.allowance('owner', `told:${phone}`, threadId);
			const taken = await store.allowances.take([{ key: about, most: MOST_TOLD }], newestSid);
			if (taken.kind === 'taken') return draft;
			throw new NotSent(`${MOST_TOLD} texts about this contact went there within the hour`);
		});
		return outcome.kind === 'sent' ? undefined : outcome.why.message;
	} catch (error) {
		return error instanceof SentButNotRecordedError ? undefined : reasonOf(error);
	}
}

/** A text from an owner's phone to its agent. */
export interface OwnersText {
	accountSid: string;
	agent: Agent;
	phone: string;
	/** The number of ours that was texted. */
	sender: string;
	messagingServiceSid: string | null;
	messageSid: string;
	body: string;
	hasMedia: boolean;
	/** When it came to Twilio. Milliseconds since 1970. */
	cameAt: number;
}

/** Whether somebody may command this agent from there. */
export function isOwnersPhone({ ownersPhones }: Agent, from: string): boolean {
	return ownersPhones.includes(from);
}

/**
 * Whether a text of an owner's phone is a command: all but STOP and its like, START where it lifts an
 * opt-out, and HELP where Twilio answers it. Rejects with StoreUnavailableError.
 */
export async function isCommand(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
	{ body, optOutType }: { body: string; optOutType?: string | undefined },
	keywordsAnsweredBy: 'twilio' | 'us',
): Promise<boolean> {
	const word = consentWordOf(body, optOutType, true);
	if (word === 'help') return keywordsAnsweredBy === 'us';
	if (word !== 'start') return word === undefined;
	const { contact } = await readStanding(services, threadId, 1);
	return contact.consent.status !== 'optedOut';
}

/** A command that is found later than this is not obeyed: the owner has gone on since. */
export const OBEYED_FOR_MS = 15 * MINUTE_MS;
/** One that is found later than this is nobody's business any more, and what was obeyed may be forgotten. */
const ANSWERED_FOR_MS = 24 * 60 * MINUTE_MS;

export interface Obeyed {
	/** `known`: it was obeyed before. `held`: another process is at it. */
	kind: 'obeyed' | 'known' | 'held';
	/** Why the phone got no answer. */
	warning?: string;
}

/**
 * Does what an owner's phone has texted and answers it, each once, however often it is called for one
 * text and wherever it broke off before. Rejects where it may yet be done: with StoreUnavailableError,
 * SendHeldError, and as Twilio's outages do.
 */
export async function obeyOwner(services: OwnersServices, text: OwnersText): Promise<Obeyed> {
	const { store, clock } = services;
	const key = claimKeys.ownersText(text.messageSid);
	const taken = await takeClaim(store.claims, key, WRITE_HOLD_MS);
	if (taken.status !== 'claimed') {
		return { kind: taken.status === 'held' ? 'held' : 'known' };
	}
	const { claim } = taken;
	let warning: string | undefined;
	try {
		await claim.whileRenewing(clock, async () => {
			const isOver = clock.now() - text.cameAt > ANSWERED_FOR_MS;
			if (isOver || reactionOf(text.body) !== undefined) return;
			const answer = await answerTo(services, text);
			if (answer !== undefined) warning = await sendAnswer(services, text, answer);
		});
		await claim.settle({});
	} catch (error) {
		await claim.release();
		throw error;
	}
	return { kind: 'obeyed', ...(warning === undefined ? {} : { warning }) };
}

/** Does what the text says; what to answer, undefined for nothing. */
async function answerTo(services: OwnersServices, text: OwnersText): Promise<string | undefined> {
	const { agent, phone, accountSid } = text;
	const pins = { records: services.store.records, clock: services.clock };
	const owned = { accountSid, agentId: agent.id };
	const command = parseCommand(text.body, agent);
	if (agent.ownersPin !== undefined && command.kind !== 'refused') {
		if (await isLockedOut(pins, owned, phone)) return undefined;
	}
	if (command.kind === 'refused') {
		return (await countWrongPin(pins, owned, phone)) ? answers.refused : undefined;
	}
	const late = services.clock.now() - text.cameAt;
	// A relay may have gone out before something broke off: that alone is found out first.
	if (late > OBEYED_FOR_MS && command.kind !== 'relay') return tooOld(late);
	return await obey(services, text, owned, command);
}

function tooOld(late: number): string {
	return answers.tooOld(Math.floor(late / MINUTE_MS));
}

async function obey(
	services: OwnersServices,
	text: OwnersText,
	owned: OwnedAgent,
	command: Exclude<OwnersCommand, { kind: 'refused' }>,
): Promise<string> {
	const { agent, phone, accountSid } = text;
	const { records } = services.store;
	const { brand, ownersWords, ownersPin } = agent;
	switch (command.kind) {
		case 'help':
			return helpText(ownersWords, ownersPin !== undefined);
		case 'list':
			return await listed(services, owned);
		case 'pauseAll':
			await pauseBrand({ records, clock: services.clock }, { accountSid, brand }, phone);
			return answers.paused(ownersWords);
		case 'resumeAll':
			return answers.resumed(await resumeBrand(records, { accountSid, brand }));
		case 'relay':
		case 'take':
		case 'release': {
			const open = await openHandOvers(records, owned);
			const meant = open.find(({ number }) => number === command.number);
			if (meant === undefined) {
				const numbers = open.map(({ number }) => number);
				return answers.notOpen(command.number, numbers);
			}
			if (command.kind === 'relay') return await relay(services, text, meant, command.words);
			const known = await withName(services, meant);
			if (command.kind === 'release') {
				await giveBack(services, owned, meant.threadId);
				return answers.released(known);
			}
			await services.sms.takeOver(meant.threadId, takesOver(phone, meant));
			return answers.taken(known, ownersWords);
		}
	}
}

function takesOver(phone: string, { number }: NumberedHandOver) {
	return { by: phone, why: `Hand-over ${number}`, pauseMs: USUAL_PAUSE_MS };
}

/** Sends the words to the contact of the hand-over, as a person's text; what to say of it. */
async function relay(
	services: OwnersServices,
	text: OwnersText,
	meant: NumberedHandOver,
	words: string,
): Promise<string> {
	const { threadId, contact, sender, messagingServiceSid } = meant;
	const { phone, messageSid, agent } = text;
	const known = await withName(services, meant);
	const draft: OutboundDraft = {
		...{ threadId, to: contact, from: sender, body: words, author: 'operator' },
		...(messagingServiceSid === null ? {} : { messagingServiceSid }),
		person: takesOver(phone, meant),
	};
	const key = claimKeys.ownersRelay(messageSid);
	const sent = answers.relayed(known, agent.ownersWords, text.hasMedia);
	try {
		const outcome = await services.sms.sendOnce({ ...identityOf(draft), key }, async () => {
			const late = services.clock.now() - text.cameAt;
			if (late > OBEYED_FOR_MS) throw new NotSent(tooOld(late));
			await takeRelay(services, text, contact);
			return draft;
		});
		if (outcome.kind === 'sent') return sent;
		const { why, message } = outcome.why;
		return why === 'optedOut' ? answers.optedOut(known) : answers.notRelayed(known, message);
	} catch (error) {
		if (error instanceof NotSent) return error.message;
		if (error instanceof SentButNotRecordedError) return sent;
		if (error instanceof OutcomeUnknownError) return answers.uncertain(known);
		if (mayYetBeDone(error)) throw error;
		return answers.notRelayed(known, reasonOf(error));
	}
}

async function takeRelay(
	{ store }: OwnersServices,
	{ agent, accountSid, messageSid }: OwnersText,
	contact: string,
): Promise<void> {
	const node = `relay:${accountSid}:${agent.id}`;
	const allowances = [
		{ key: claimKeys.allowance('owner', node, contact), most: MOST_RELAYED.toOne },
		{ key: claimKeys.allowance('owner', node), most: MOST_RELAYED.toAll },
	];
	const taken = await store.allowances.take(allowances, messageSid);
	if (taken.kind === 'usedUp') throw new NotSent(answers.tooMany);
}

async function listed(services: OwnersServices, owned: OwnedAgent): Promise<string> {
	const { store, clock } = services;
	const open = await openHandOvers(store.records, owned);
	const newest = open.toSorted((one, other) => (one.at < other.at ? 1 : -1)).slice(0, LISTED);
	const shown = await Promise.all(
		newest.map(async ({ number, threadId, contact, why, at }) => {
			const standing = await readStanding(services, threadId, 1);
			const isTaken = takeoverAt(standing.state, clock.now()) !== undefined;
			const past = Math.max(0, clock.now() - Date.parse(at));
			const minutesAgo = Math.floor(past / MINUTE_MS);
			return { number, contact, name: standing.contact.name, why, minutesAgo, isTaken };
		}),
	);
	return listText(shown, open.length);
}

/** Answers the phone; resolves to why it got no answer. */
async function sendAnswer(
	{ sms, store }: OwnersServices,
	text: OwnersText,
	body: string,
): Promise<string | undefined> {
	const { accountSid, agent, phone, messageSid } = text;
	const key = claimKeys.ownersAnswer(messageSid);
	const draft = draftTo({ accountSid, agentId: agent.id }, text, body);
	try {
		const outcome = await sms.sendOnce({ ...identityOf(draft), key }, async () => {
			// Two machines must not answer each other for ever.
			const node = claimKeys.allowance('owner', `answers:${accountSid}:${agent.id}`, phone);
			const taken = await store.allowances.take(
				[{ key: node, most: MOST_ANSWERS }],
				messageSid,
			);
			if (taken.kind === 'taken') return draft;
			throw new NotSent(`${MOST_ANSWERS} answers went there within the hour`);
		});
		return outcome.kind === 'sent' ? undefined : outcome.why.message;
	} catch (error) {
		if (mayYetBeDone(error)) throw error;
		return error instanceof SentButNotRecordedError ? undefined : reasonOf(error);
	}
}

/** Nothing was sent, for a reason that is an answer. */
class NotSent extends Error {
	override readonly name = 'NotSent';
}

function mayYetBeDone(error: unknown): boolean {
	return (
		error instanceof StoreUnavailableError ||
		error instanceof SendHeldError ||
		error instanceof ClaimLostError ||
		isPassingRefusal(error)
	);
}

/** A text to a phone of an owner, in a thread of its own. */
function draftTo(
	{ accountSid, agentId }: OwnedAgent,
	to: { phone: string; sender: string; messagingServiceSid: string | null },
	body: string,
): OutboundDraft {
	const { phone, sender, messagingServiceSid } = to;
	return {
		threadId: threadIdOf({ accountSid, agentId, contact: phone }),
		...{ to: phone, from: sender, body, author: 'operator' },
		...(messagingServiceSid === null ? {} : { messagingServiceSid }),
	};
}

function identityOf({ threadId, author, person }: OutboundDraft) {
	return { threadId, author, ...(person === undefined ? {} : { person }) };
}

async function withName(
	services: OwnersServices,
	{ number, contact, threadId }: { number: number; contact: string; threadId: string },
): Promise<Known> {
	const standing = await readStanding(services, threadId, 1);
	return { number, contact, name: standing.contact.name };
}

function identityIn(threadId: string) {
	const identity = parseThreadId(threadId);
	if (identity !== undefined) return identity;
	throw new InvalidInputError({
		field: 'Thread',
		cause: 'it is none of this package',
		fix: 'Connect an Incoming SMS Trigger before this node.',
	});
}
