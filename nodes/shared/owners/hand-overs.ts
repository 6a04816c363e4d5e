import { recordKeys } from '../threads/record-keys';
import { readRecord, type RecordStore, type RecordValue } from '../threads/record-store';
import type { ThreadServices } from '../threads/thread-store';
import { releaseThread } from '../threads/turns/speaking';

/** A contact who needs a person, as an owner's phone knows them by a number. */
export interface HandOver {
	threadId: string;
	/** E.164. */
	contact: string;
	/** When it was opened, or told of last. ISO 8601, UTC. */
	at: string;
	why: string;
	/** The number that the contact wrote to, from which they are answered. */
	sender: string;
	messagingServiceSid: string | null;
}

export interface NumberedHandOver extends HandOver {
	/** 1 to HIGHEST_NUMBER. */
	number: number;
}

/** Whose hand-overs are numbered together. */
export interface OwnedAgent {
	accountSid: string;
	agentId: string;
}

/** So many are open at most, and no number has more than two digits. */
export const HIGHEST_NUMBER = 99;

interface HandOvers {
	/** The lowest number that no contact ever had. */
	next: number;
	/** Numbers whose contacts need nobody any more, in the order in which they were closed. */
	closed: number[];
	open: NumberedHandOver[];
}

/**
 * Gives the contact a number, and keeps the one that they have. A number is given to another contact
 * as late as possible: after all that nobody had, the one that was closed first. With as many open as
 * there are numbers, the one that was told of longest ago is closed. Of two contacts at the same time
 * each gets one of its own. Rejects with StoreUnavailableError.
 */
export async function openHandOver(
	records: RecordStore,
	{ accountSid, agentId }: OwnedAgent,
	handOver: HandOver,
): Promise<number> {
	const kept = await records.change(recordKeys.handOvers(accountSid, agentId), (present) =>
		recordOf(withOpen(handOversIn(present), handOver)),
	);
	const { open } = handOversIn(kept);
	const opened = open.find(({ threadId }) => threadId === handOver.threadId);
	if (opened === undefined) throw new Error('A hand-over that was opened has no number');
	return opened.number;
}

/** By number. Rejects with StoreUnavailableError. */
export async function openHandOvers(
	records: RecordStore,
	{ accountSid, agentId }: OwnedAgent,
): Promise<NumberedHandOver[]> {
	const found = await readRecord(records, recordKeys.handOvers(accountSid, agentId));
	return handOversIn(found).open.toSorted((one, other) => one.number - other.number);
}

/** Frees the contact's number, where they have one. Rejects with StoreUnavailableError. */
export async function closeHandOver(
	records: RecordStore,
	{ accountSid, agentId }: OwnedAgent,
	threadId: string,
): Promise<void> {
	await records.change(recordKeys.handOvers(accountSid, agentId), (present) => {
		const handOvers = handOversIn(present);
		const closed = handOvers.open.find((one) => one.threadId === threadId);
		return closed === undefined ? present : recordOf(without(handOvers, closed));
	});
}

/**
 * Gives a contact back to the agent and frees their number. Resolves to whether a person had them.
 * Rejects with StoreUnavailableError.
 */
export async function giveBack(
	services: ThreadServices,
	owned: OwnedAgent,
	threadId: string,
): Promise<boolean> {
	const had = await releaseThread(services, threadId);
	await closeHandOver(services.store.records, owned, threadId);
	return had;
}

function withOpen(handOvers: HandOvers, handOver: HandOver): HandOvers {
	const known = handOvers.open.find(({ threadId }) => threadId === handOver.threadId);
	if (known) {
		const open = handOvers.open.map((one) => (one === known ? { ...one, ...handOver } : one));
		return { ...handOvers, open };
	}
	if (handOvers.next <= HIGHEST_NUMBER) {
		const { next } = handOvers;
		const open = [...handOvers.open, { ...handOver, number: next }];
		return { ...handOvers, next: next + 1, open };
	}
	const [number, ...closed] = handOvers.closed;
	if (number !== undefined) {
		return { ...handOvers, closed, open: [...handOvers.open, { ...handOver, number }] };
	}
	const [oldest] = handOvers.open.toSorted((one, other) => (one.at < other.at ? -1 : 1));
	if (oldest === undefined) return withOpen({ next: 1, closed: [], open: [] }, handOver);
	return withOpen(without(handOvers, oldest), handOver);
}

function without({ next, closed, open }: HandOvers, gone: NumberedHandOver): HandOvers {
	const left = open.filter((one) => one !== gone);
	return { next, closed: [...closed, gone.number], open: left };
}

function recordOf({ next, closed, open }: HandOvers): RecordValue {
	const byNumber = open.map(({ number, ...handOver }) => [String(number), handOver] as const);
	return { next, closed, open: Object.fromEntries(byNumber) };
}

/** What cannot be read as one is left out. */
function handOversIn(found: RecordValue | undefined): HandOvers {
	const { next, closed, open } = found ?? {};
	const numbered = Object.entries((open ?? {}) as Record<string, Partial<HandOver>>);
	return {
		next: typeof next === 'number' ? next : 1,
		closed: Array.isArray(closed) ? closed.map(Number) : [],
		open: numbered.flatMap(([number, one]) => {
			const { threadId, contact, sender, at = '', why = '', messagingServiceSid } = one;
			if (!threadId || !contact || !sender) return [];
			const handOver = { threadId, contact, at, why, sender };
			const service = messagingServiceSid ?? null;
			return [{ ...handOver, messagingServiceSid: service, number: Number(number) }];
		}),
	};
}
