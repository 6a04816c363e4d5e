import { agentsOf } from '../contacts/agent-record';
import type { Message } from '../messaging/message';
import { parseThreadId, threadIdOf } from '../messaging/thread-id';
import { MOST_THREADS_READ, NEWEST_MESSAGES, type Thread } from '../threads/thread-store';
import { takeThread } from '../threads/turns/speaking';
import { newestMessagesTo, reachesSomebody, type TwilioMessage } from '../twilio/api/messages';
import type { SendServices } from './outbound-draft';

/** Enough for what a person and all workflows text one contact within a few hours. */
const NEWEST_LISTED = 20;
/** A text of ours stands in its thread by then. */
const RECORDED_WITHIN_MS = 2_000;

/** For people: who has the thread. */
const ELSEWHERE = 'a text sent outside of n8n';

/**
 * Looks in Twilio's list for texts that somebody sent to the contact from the Console or another app.
 * They join the thread as a person's, who has it from then on. What another agent of ours, or Twilio
 * itself, has sent is none. Resolves to whether there was one. Rejects as Twilio's client does, and
 * with StoreUnavailableError.
 *
 * @param withinMs older ones took nothing over.
 */
export async function noticeTextsElsewhere(
	services: SendServices,
	{ threadId, messages }: Thread,
	contact: string,
	withinMs: number,
): Promise<boolean> {
	const { store, clock, twilio, signal } = services;
	const since = clock.now() - withinMs;
	const listed = await newestMessagesTo(twilio, { to: contact }, NEWEST_LISTED);
	const known = new Set(messages.map(({ messageSid }) => messageSid));
	const unknown = listed.filter(
		({ messageSid, direction, dateCreated, ...message }) =>
			direction === 'outbound-api' &&
			reachesSomebody(message) &&
			(dateCreated?.getTime() ?? 0) >= since &&
			!known.has(messageSid),
	);
	if (unknown.length === 0) return false;
	// One of ours that is out and not yet written down.
	await clock.sleep(RECORDED_WITHIN_MS, signal);
	const ours = await sidsOfAgents(services, threadId);
	const foreign = unknown.filter(({ messageSid }) => !ours.has(messageSid)).toReversed();
	if (foreign.length === 0) return false;
	await takeThread(services, threadId, {
		by: ELSEWHERE,
		why: 'somebody answered from the Twilio Console or another app',
		pauseMs: withinMs,
	});
	await store.threads.append(threadId, foreign.map(asWritten), 0);
	return true;
}

/** What all agents of the account have texted the contact lately. */
async function sidsOfAgents(
	{ store }: Pick<SendServices, 'store'>,
	threadId: string,
): Promise<Set<string>> {
	const { accountSid, contact } = parseThreadId(threadId) ?? { accountSid: '', contact: '' };
	const agents = await agentsOf(store.records, accountSid);
	const threads = agents.map(({ id: agentId }) => threadIdOf({ accountSid, agentId, contact }));
	const all = [...new Set([threadId, ...threads])].slice(0, MOST_THREADS_READ);
	const found = await store.threads.readMany(all, NEWEST_MESSAGES);
	return new Set(
		found.flatMap((thread) => {
			if (thread instanceof Error) throw thread;
			return thread.messages.map(({ messageSid }) => messageSid);
		}),
	);
}

function asWritten(message: TwilioMessage): Message {
	return {
		messageSid: message.messageSid,
		direction: 'outbound',
		author: 'operator',
		person: ELSEWHERE,
		body: message.body,
		media: [],
		sender: message.from ?? message.messagingServiceSid ?? '',
		numSegments: message.numSegments,
		at: (message.dateCreated ?? new Date(0)).toISOString(),
	};
}
