import { InvalidInputError } from '../messaging/invalid-input-error';
import type { Message } from '../messaging/message';
import type { AgentName } from '../messaging/agent';
import { parseThreadId } from '../messaging/thread-id';
import { beginningOf, quoted } from '../messaging/text-bounds';
import { FACT_LIMITS } from '../contacts/facts';
import { contactOf } from '../contacts/contact';
import { speakerIn } from '../contacts/speaker';
import { identityOfContact, readStanding, type Standing } from '../contacts/standing';
import { closeHandOver } from '../owners/hand-overs';
import { claimKeys } from '../threads/claim-keys';
import { takeClaim } from '../threads/held-claim';
import { recordKeys } from '../threads/record-keys';
import { readRecord, type RecordStore } from '../threads/record-store';
import type { Thread, ThreadServices } from '../threads/thread-store';
import { csvOf } from './csv';

type Services = ThreadServices;

/** Where a thread is looked for, as the builder sees it. */
const THREAD = 'Thread';

/**
 * A thread that somebody has written in, or that anybody has written something down of. Throws
 * InvalidInputError where there is none; rejects with StoreUnavailableError.
 */
export async function readKnown(
	services: Services,
	threadId: string,
	limit: number,
): Promise<Standing> {
	const standing = await readStanding(services, threadId, limit);
	if (isKnown(standing)) return standing;
	const { agentId, contact } = parseThreadId(threadId) ?? { agentId: '', contact: threadId };
	throw new InvalidInputError({
		field: THREAD,
		cause: `there is no conversation of ${quoted(agentId)} with ${contact}`,
		fix: 'Check the number and the agent, and choose under Keep Conversations In what the trigger has.',
	});
}

function isKnown({ keptMessages, droppedMessages, state }: Thread): boolean {
	return (
		keptMessages + droppedMessages > 0 ||
		state.takeover !== undefined ||
		Object.keys(state.metadata).length > 0
	);
}

/** Who answers the contact's next text, and what it is about. */
export interface Answering {
	/** The agent that the contact was passed on to; null where the thread's own answers. */
	passedTo: AgentName | null;
	/** Name of the task that the agent is on; null for none. */
	task: string | null;
}

/** Also while a person has the thread, or all agents are paused. Rejects with StoreUnavailableError. */
export async function answeringIn(
	services: Services,
	thread: Pick<Thread, 'threadId' | 'state'>,
): Promise<Answering> {
	const turn = { agentName: '', messages: [] };
	const { id, name, task } = await speakerIn(services, thread, turn, '');
	const isOwn = parseThreadId(thread.threadId)?.agentId === id;
	return { passedTo: isOwn ? null : { id, name }, task: task?.name ?? null };
}

const MOST_NOTES = 100;
const LONGEST_NOTE = 5_000;

/**
 * Facts with changes: an empty value takes one away. Throws InvalidInputError where there are too many,
 * or one is too long.
 */
export function withFacts(
	present: Readonly<Record<string, string>>,
	changes: Readonly<Record<string, string>>,
): Record<string, string> {
	const facts = new Map(Object.entries(present));
	for (const [name, value] of Object.entries(changes)) {
		if (name.length > FACT_LIMITS.name || value.length > FACT_LIMITS.value) {
			throw new InvalidInputError({
				field: 'Facts',
				cause: `${quoted(name)} is too long: a name has up to ${FACT_LIMITS.name} characters, a value up to ${FACT_LIMITS.value}`,
				fix: 'Shorten it, or keep an address or a number of it only.',
			});
		}
		if (value === '') facts.delete(name);
		else facts.set(name, value);
	}
	if (facts.size > FACT_LIMITS.count) {
		throw new InvalidInputError({
			field: 'Facts',
			cause: `there would be ${facts.size}, and ${FACT_LIMITS.count} are the most`,
			fix: 'Take away those that nobody needs: with an empty value.',
		});
	}
	return Object.fromEntries(facts);
}

/** Gives all facts of the thread. Throws as `withFacts` and `readKnown`. */
export async function setThreadFacts(
	services: Services,
	threadId: string,
	changes: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
	await readKnown(services, threadId, 1);
	const { metadata } = await services.store.threads.changeState(threadId, (state) => ({
		...state,
		metadata: withFacts(state.metadata, changes),
	}));
	return metadata;
}

/** For people: never texted, and never shown to a model. */
export interface Note {
	/** ISO 8601, UTC. */
	at: string;
	by: string;
	text: string;
}

/** Oldest first. Rejects with StoreUnavailableError. */
export async function notesOf(records: RecordStore, threadId: string): Promise<Note[]> {
	const found = await readRecord(records, recordKeys.notes(threadId));
	return (found?.['notes'] ?? []) as unknown as Note[];
}

/** Gives all notes of the thread, the newest 100. Throws as `readKnown`, and for a note without words. */
export async function addNote(
	services: Services,
	threadId: string,
	{ by, text }: Pick<Note, 'by' | 'text'>,
): Promise<Note[]> {
	if (text.trim() === '') {
		throw new InvalidInputError({
			field: 'Note',
			cause: 'it is empty',
			fix: 'Write what the next person should know.',
		});
	}
	await readKnown(services, threadId, 1);
	const at = new Date(services.clock.now()).toISOString();
	const note = { at, by, text: beginningOf(text.trim(), LONGEST_NOTE) };
	const kept = await services.store.records.change(recordKeys.notes(threadId), (present) => {
		const notes = (present?.['notes'] ?? []) as unknown as Note[];
		return {
			...present,
			notes: [...notes, note].slice(-MOST_NOTES).map((one) => ({ ...one })),
		};
	});
	return (kept?.['notes'] ?? []) as unknown as Note[];
}

/**
 * Forgets messages, actions, state, notes, what waits to be sent and the summary; consent and facts stay
 * with the contact.
 */
export async function deleteThread(services: Services, threadId: string): Promise<void> {
	const { threads, records, claims } = services.store;
	await records.delete(recordKeys.notes(threadId));
	await records.delete(recordKeys.actions(threadId));
	await records.delete(recordKeys.closing(threadId));
	const { accountSid, agentId } = parseThreadId(threadId) ?? { accountSid: '', agentId: '' };
	await closeHandOver(records, { accountSid, agentId }, threadId);
	await threads.delete(threadId);
	await forgetMemory(services, threadId);
	// The words of a reply whose run has died. While a run is at it, it is the run's.
	const taken = await takeClaim(claims, claimKeys.lease(threadId), 1_000);
	if (taken.status === 'claimed') await taken.claim.release();
}

/** Who has read the conversation last has told of it in the contact's record. */
async function forgetMemory(services: Services, threadId: string): Promise<void> {
	const { accountSid, brand, number } = await identityOfContact(services, threadId);
	const key = recordKeys.contact(accountSid, brand, number);
	await services.store.records.change(key, (present) => {
		if (present === undefined || contactOf(present, undefined).memory?.threadId !== threadId) {
			return present;
		}
		return { ...present, memory: undefined };
	});
}

/** All that is kept of a thread, its newest message last. Throws as `readKnown`. */
export async function readWhole(services: Services, threadId: string): Promise<Standing> {
	const { keptMessages } = await readKnown(services, threadId, 1);
	return await readStanding(services, threadId, Math.max(keptMessages, 1));
}

export function threadCsv(threadId: string, messages: readonly Message[]): string {
	return csvOf(
		[
			'threadId',
			'at',
			'direction',
			'author',
			'person',
			'body',
			'media',
			'segments',
			'messageSid',
		],
		messages.map((one) => [
			...[threadId, one.at, one.direction, one.author, one.person, one.body],
			...[one.media.map(({ url }) => url).join(' '), one.numSegments, one.messageSid],
		]),
	);
}
