import { closedOf } from '../threads/turns/closed';
import { answeredSids, needsAnswer } from '../threads/turns/unanswered';
import type { Message } from '../messaging/message';
import { parseThreadId } from '../messaging/thread-id';
import type { Contact } from '../contacts/contact';
import { takeoverAt } from '../threads/takeover';
import {
	MOST_THREADS_READ,
	type Closed,
	type Takeover,
	type Thread,
	type ThreadServices,
	type ThreadSummary,
} from '../threads/thread-store';
import { listAgents } from './agents';
import { findContacts } from './read-records';

/** Who speaks in a thread. */
export type Mode = 'agent' | 'person';

export interface ThreadFilter {
	agentId?: string | undefined;
	mode?: Mode | undefined;
	/** Milliseconds since 1970, of the newest message. */
	since?: number | undefined;
	/** Only those in which the contact waits for an answer. */
	unanswered?: boolean | undefined;
	optedOut?: boolean | undefined;
	/** Undefined for both. */
	closed?: boolean | undefined;
}

export interface ListedThread {
	threadId: string;
	agentId: string;
	number: string;
	brand: string;
	contact: Contact;
	takeover: Takeover | undefined;
	closed: Closed | undefined;
	metadata: Record<string, string>;
	lastMessageAt: string;
	lastMessage: Message | undefined;
	/** The contact's texts that nobody has answered; of the newest LOOKED_AT messages. */
	waiting: number;
	keptMessages: number;
}

/** So many of a thread's messages tell whether it waits for an answer. */
const LOOKED_AT = 20;

/**
 * An account's threads, last written first; pages are read as they are asked for. Rejects with
 * StoreUnavailableError, also where a thread of the list cannot be read.
 */
export async function* listThreads(
	services: ThreadServices,
	accountSid: string,
	filter: ThreadFilter,
): AsyncGenerator<ListedThread> {
	const { threads } = services.store;
	const agents = await listAgents(services, accountSid);
	const brands = new Map(agents.map(({ agent }) => [agent.id, agent.brand]));
	const prefix = `${accountSid}:${filter.agentId === undefined ? '' : `${filter.agentId}:`}`;
	let cursor: string | undefined;
	do {
		services.signal?.throwIfAborted();
		const page = await threads.list({
			prefix,
			limit: MOST_THREADS_READ,
			...(cursor === undefined ? {} : { cursor }),
			...(filter.since === undefined ? {} : { since: filter.since }),
		});
		const [unreadable] = page.unreadable ?? [];
		if (unreadable) throw unreadable;
		const wanted = page.threads.filter((one) => isWanted(one, filter, services.clock.now()));
		for (const thread of await withContacts(services, wanted, brands)) {
			if (filter.closed !== undefined && filter.closed !== (thread.closed !== undefined)) {
				continue;
			}
			if (filter.unanswered === true && thread.waiting === 0) continue;
			if (filter.optedOut === true && thread.contact.consent.status !== 'optedOut') continue;
			yield thread;
		}
		cursor = page.cursor;
	} while (cursor !== undefined);
}

/** What the summary tells already. */
function isWanted(
	{ state, lastMessageAt }: ThreadSummary,
	{ mode, since }: ThreadFilter,
	now: number,
): boolean {
	if (since !== undefined && Date.parse(lastMessageAt) < since) return false;
	return mode === undefined || mode === modeOf(takeoverAt(state, now));
}

export function modeOf(takeover: Takeover | undefined): Mode {
	return takeover === undefined ? 'agent' : 'person';
}

async function withContacts(
	{ store, clock }: ThreadServices,
	summaries: readonly ThreadSummary[],
	brands: ReadonlyMap<string, string>,
): Promise<ListedThread[]> {
	const listed = summaries.flatMap((summary) => {
		const parts = parseThreadId(summary.threadId);
		if (parts === undefined) return [];
		const { accountSid, agentId, contact: number } = parts;
		return [{ summary, accountSid, agentId, number, brand: brands.get(agentId) ?? '' }];
	});
	if (listed.length === 0) return [];
	const [contacts, threads] = await Promise.all([
		findContacts(store.records, listed),
		store.threads.readMany(
			listed.map(({ summary }) => summary.threadId),
			LOOKED_AT,
		),
	]);
	return listed.map(({ summary, agentId, number, brand }, at): ListedThread => {
		const [found, thread] = [contacts[at], threads[at]];
		if (thread instanceof Error) throw thread;
		if (found === undefined || thread === undefined) {
			throw new Error('The thread store left out a thread that was asked for');
		}
		return {
			threadId: summary.threadId,
			agentId,
			number,
			brand,
			contact: found.contact,
			takeover: takeoverAt(thread.state, clock.now()),
			closed: closedOf(thread),
			metadata: thread.state.metadata,
			lastMessageAt: summary.lastMessageAt,
			lastMessage: thread.messages.at(-1),
			waiting: waitingTexts(thread).length,
			keptMessages: thread.keptMessages,
		};
	});
}

/** The contact's texts that neither an agent nor a person has answered, oldest first. */
export function waitingTexts({ messages }: Pick<Thread, 'messages'>): Message[] {
	const answered = answeredSids(messages);
	const last = messages.findLastIndex(
		({ messageSid, direction, answers }) =>
			answered.has(messageSid) || (direction === 'outbound' && answers === undefined),
	);
	return messages.slice(last + 1).filter(needsAnswer);
}
