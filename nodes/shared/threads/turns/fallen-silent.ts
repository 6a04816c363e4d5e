import type { Message } from '../../messaging/message';
import { hasPassed } from '../has-passed';
import { takeoverAt } from '../takeover';
import type { Thread } from '../thread-store';
import { closedOf } from './closed';
import { needsAnswer } from './unanswered';

/** A contact who owes the next word. */
export interface FallenSilent {
	/** The newest text of theirs; the silence is known by it. */
	text: Message;
	/** The reply to it, which nobody has said anything after. */
	reply: Message;
}

/** The most that an idle text may be late, where its time itself is shorter. */
const SHORTEST_LATENESS_MS = 3_600_000;

/**
 * The contact of an open conversation of which the agent's reply is the last word; undefined for any
 * other. What an agent, a person or a workflow texts without being asked is no reply, and neither is what
 * is sent at a hand-over. A person who took the thread since has had the word too.
 */
export function fallenSilent(
	thread: Pick<Thread, 'messages' | 'state'>,
	now: number,
): FallenSilent | undefined {
	const { messages, state } = thread;
	const reply = messages.at(-1);
	const text = messages.findLast(needsAnswer);
	if (reply === undefined || text === undefined) return undefined;
	if (reply.author !== 'agent' || reply.answers?.includes(text.messageSid) !== true) {
		return undefined;
	}
	if (closedOf(thread) || takeoverAt(state, now)) return undefined;
	const takenAt = Date.parse(state.takeover?.since ?? '');
	return takenAt >= Date.parse(text.at) ? undefined : { text, reply };
}

/**
 * When the contact is to be asked whether they are still there. Asked long after, as when n8n was down,
 * it would come out of nowhere.
 *
 * @param afterMs milliseconds of silence.
 */
export function idleTimeOf(
	{ reply }: FallenSilent,
	afterMs: number,
	now: number,
): 'early' | 'due' | 'tooLate' {
	const at = Date.parse(reply.at);
	if (hasPassed(at, afterMs + Math.max(afterMs, SHORTEST_LATENESS_MS), now)) return 'tooLate';
	return hasPassed(at, afterMs, now) ? 'due' : 'early';
}
