import type { Message } from '../messaging/message';
import { parseThreadId, threadIdOf } from '../messaging/thread-id';
import { takeoverAt } from '../threads/takeover';
import {
	NEWEST_MESSAGES,
	type Thread,
	type ThreadServices,
	type ThreadState,
} from '../threads/thread-store';
import type { Turn } from '../threads/turns/gather-turn';

/** Which agent was decided on for the turn, before a process that died could move it; else undefined. */
export function agentDecided({ state }: Thread, newestSid: string): string | undefined {
	return state.movedTo?.through === newestSid ? state.movedTo.agentId : undefined;
}

/**
 * Moves the texts of a turn that has been started into the conversation of the same contact with another
 * agent, and resolves to that, where the turn is to be started anew. They stay where they came from there
 * already, and where a person has the conversation. The decision is kept first and the turn ended last, so that a crash on the
 * way has it moved on, and never answered by both. Rejects with StoreUnavailableError.
 */
export async function moveTurn(
	services: ThreadServices,
	{ texts, thread }: Turn,
	agentId: string,
): Promise<Thread | 'cameFromThere' | 'ofPerson'> {
	const { threads } = services.store;
	const newestSid = texts.at(-1)?.messageSid ?? '';
	const identity = parseThreadId(thread.threadId);
	if (identity === undefined) throw new Error(`${thread.threadId} is no conversation`);
	const target = threadIdOf({ ...identity, agentId });
	const isDecided = agentDecided(thread, newestSid) === agentId;
	if (!isDecided) {
		const { messages } = await threads.read(target, NEWEST_MESSAGES);
		if (has(messages, newestSid)) return 'cameFromThere';
		const movedTo = { through: newestSid, agentId };
		let isOfPerson = false;
		await threads.changeState(thread.threadId, (state) => {
			isOfPerson = takeoverAt(state, services.clock.now()) !== undefined;
			return isOfPerson ? state : { ...state, movedTo };
		});
		if (isOfPerson) return 'ofPerson';
	}
	const moved = await threads.append(target, texts, NEWEST_MESSAGES);
	await endTexts(services, thread.threadId, newestSid);
	return moved.thread;
}

/** Writes down that nothing more comes of the texts up to this one. Rejects with StoreUnavailableError. */
export async function endTexts(
	{ store }: ThreadServices,
	threadId: string,
	messageSid: string,
): Promise<void> {
	const { messages, state: known } = await store.threads.read(threadId, NEWEST_MESSAGES);
	const placeOf = (sid?: string) => messages.findIndex((message) => message.messageSid === sid);
	const end = (state: ThreadState): ThreadState => {
		// A newer turn has begun and ended meanwhile.
		if (placeOf(state.endedThrough) > placeOf(messageSid)) return state;
		const ended = { ...state, endedThrough: messageSid };
		delete ended.endedIn;
		if (ended.retry?.through === messageSid) delete ended.retry;
		return ended;
	};
	await store.threads.changeState(threadId, end, known);
}

function has(messages: readonly Message[], sid: string): boolean {
	return messages.some(({ messageSid }) => messageSid === sid);
}
