import type { Message } from '../messaging/message';
import { parseThreadId, threadIdOf } from '../messaging/thread-id';
import { takeoverAt } from '../threads/takeover';
import { NEWEST_MESSAGES, type Thread, type ThreadServices } from '../threads/thread-store';
import { endTexts } from '../threads/turns/end-texts';
import type { Turn } from '../threads/turns/gather-turn';
import {
	answeredSids,
	needsAnswer,
	textsAfter,
	textsWithOpenRun,
} from '../threads/turns/unanswered';

/**
 * The texts that the turn stands for, oldest first: also earlier ones whose run has come to nothing yet.
 * Its reply is stale since this turn's texts came, so whoever decides on these decides on those as well. A
 * run that may end silently may have done so.
 */
export function textsDecidedOn({ texts, thread }: Turn): Message[] {
	// As it was before this turn began.
	return [...(thread.state.mayEndSilently ? [] : textsWithOpenRun(thread)), ...texts];
}

/** Which agent was decided on for the turn, before a process that died could move it; else undefined. */
export function agentDecided({ state }: Thread, newestSid: string): string | undefined {
	return state.movedTo?.through === newestSid ? state.movedTo.agentId : undefined;
}

/** The agent to whom the contact's text right before the turn was moved; it, or a person, has them now. */
export function agentBefore({ texts, thread: { messages, state } }: Turn): string | undefined {
	const first = messages.findIndex(({ messageSid }) => messageSid === texts[0]?.messageSid);
	const before = messages.slice(0, Math.max(first, 0)).findLast(needsAnswer);
	const isMoved = before !== undefined && before.messageSid === state.movedTo?.through;
	return isMoved ? state.movedTo?.agentId : undefined;
}

/**
 * Moves the texts of a turn that has been started into the conversation of the same contact with another
 * agent, and resolves to that, where the turn is to be started anew. They stay where they came from there
 * already, where a person has the conversation, and where a newer text has come, whose run answers them
 * too. The decision is kept first and the turn ended last, so that a crash on the way has it moved on, and
 * never answered by both. Rejects with StoreUnavailableError.
 */
export async function moveTurn(
	services: ThreadServices,
	turn: Turn,
	agentId: string,
): Promise<Thread | 'cameFromThere' | 'ofPerson' | 'newerText'> {
	const { threads } = services.store;
	const { thread } = turn;
	const texts = textsDecidedOn(turn);
	const newestSid = texts.at(-1)?.messageSid ?? '';
	const identity = parseThreadId(thread.threadId);
	if (identity === undefined) throw new Error(`${thread.threadId} is no conversation`);
	const target = threadIdOf({ ...identity, agentId });
	const { messages: present } = await threads.read(thread.threadId, NEWEST_MESSAGES);
	const isDecided = agentDecided(thread, newestSid) === agentId;
	if (!isDecided) {
		const { messages } = await threads.read(target, NEWEST_MESSAGES);
		if (has(messages, newestSid)) return 'cameFromThere';
		if (textsAfter(present, [newestSid]).length > 0) return 'newerText';
		const movedTo = { through: newestSid, agentId };
		let isOfPerson = false;
		await threads.changeState(thread.threadId, (state) => {
			isOfPerson = takeoverAt(state, services.clock.now()) !== undefined;
			return isOfPerson ? state : { ...state, movedTo };
		});
		if (isOfPerson) return 'ofPerson';
	}
	const answered = answeredSids(present);
	const open = texts.filter(({ messageSid }) => !answered.has(messageSid));
	const moved = await threads.append(target, open, NEWEST_MESSAGES);
	// Who waits, waits in the other conversation.
	await endTexts(threads, thread.threadId, newestSid, { isQuiet: true });
	return moved.thread;
}

/**
 * Writes down that nothing comes of the texts of a turn, as the builder's answer wants it: nobody waits for
 * a reply or for a person. Rejects with StoreUnavailableError.
 */
export async function rejectTurn(
	{ store }: Pick<ThreadServices, 'store'>,
	{ thread, texts }: Turn,
): Promise<void> {
	const newestSid = texts.at(-1)?.messageSid ?? '';
	await endTexts(store.threads, thread.threadId, newestSid, { isQuiet: true });
}

function has(messages: readonly Message[], sid: string): boolean {
	return messages.some(({ messageSid }) => messageSid === sid);
}
