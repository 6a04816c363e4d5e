import { isoTime } from '../messaging/clock';
import { hasPassed } from '../threads/has-passed';
import { takeoverAt } from '../threads/takeover';
import type { Begun, Thread, ThreadServices } from '../threads/thread-store';
import { closedOf } from '../threads/turns/closed';
import { fallenSilent, idleTimeOf } from '../threads/turns/fallen-silent';
import { answeredSids, needsAnswer } from '../threads/turns/unanswered';
import type { Message } from '../messaging/message';
import { AGAIN_MS, begunOnceMore, changeAsRead, isBeingAnswered, TURN_AGAIN_MS } from './endings';

/** What becomes of a silent conversation; milliseconds of silence. */
export interface Idling {
	/** Until the contact is asked whether they are still there; absent where nobody asks. */
	textMs?: number | undefined;
	/** From then on until it is closed; absent where it stays open. */
	closeMs?: number | undefined;
}

export type IdleStanding =
	| { kind: 'nothing' }
	/** Not before this time, in milliseconds since 1970. */
	| { kind: 'later'; at: number }
	/** A run is to ask the contact whose newest text this is. */
	| { kind: 'text'; text: Message }
	| { kind: 'close' };

const NOTHING: IdleStanding = { kind: 'nothing' };
/** Who has a thread until they release it may do so without a word. */
const RELEASED_MS = 60 * 60_000;

export function idleStandingOf(
	thread: Thread,
	{ textMs, closeMs }: Idling,
	now: number,
): IdleStanding {
	const asking = textMs === undefined ? NOTHING : askingOf(thread, textMs, now);
	if (asking.kind === 'text' || closeMs === undefined) return asking;
	const closing = closingOf(thread, textMs ?? 0, closeMs, now);
	if (asking.kind !== 'later' || closing.kind !== 'later') {
		return closing.kind === 'nothing' ? asking : closing;
	}
	return { kind: 'later', at: Math.min(asking.at, closing.at) };
}

function askingOf(thread: Thread, textMs: number, now: number): IdleStanding {
	const silent = fallenSilent(thread, now);
	if (silent === undefined) return NOTHING;
	const time = idleTimeOf(silent, textMs, now);
	if (time === 'tooLate') return NOTHING;
	if (time === 'early') return { kind: 'later', at: Date.parse(silent.reply.at) + textMs };
	const begun = begunFor(thread, silent.text);
	if (begun === undefined) return { kind: 'text', text: silent.text };
	if (begun.times >= AGAIN_MS.length) return NOTHING;
	const [at, waitMs] = [Date.parse(begun.at), AGAIN_MS[begun.times - 1] ?? 0];
	return hasPassed(at, waitMs, now)
		? { kind: 'text', text: silent.text }
		: { kind: 'later', at: at + waitMs };
}

/** One in which somebody waits for a person stays open, and so does one that a person has. */
function closingOf(thread: Thread, textMs: number, closeMs: number, now: number): IdleStanding {
	const { messages, state } = thread;
	const text = messages.findLast(needsAnswer);
	if (text === undefined || closedOf(thread)) return NOTHING;
	const takeover = takeoverAt(state, now);
	if (takeover) {
		const until = Date.parse(takeover.until ?? '');
		return { kind: 'later', at: Number.isFinite(until) ? until : now + RELEASED_MS };
	}
	if (isBeingAnswered(thread, text, now)) return { kind: 'later', at: now + TURN_AGAIN_MS };
	if (waitsForPerson(thread, text)) return NOTHING;
	const lastAt = Date.parse(messages.at(-1)?.at ?? '');
	const begun = begunFor(thread, text);
	const from = begun ? Math.max(lastAt, Date.parse(begun.at)) : lastAt;
	const silentMs = begun ? closeMs : textMs + closeMs;
	return hasPassed(from, silentMs, now)
		? { kind: 'close' }
		: { kind: 'later', at: from + silentMs };
}

function waitsForPerson({ messages, state }: Thread, text: Message): boolean {
	const after = messages.slice(messages.indexOf(text) + 1);
	if (after.some(({ direction }) => direction === 'outbound')) return false;
	if (answeredSids(messages).has(text.messageSid)) return false;
	return state.endedThrough !== text.messageSid || state.endedQuietly !== true;
}

function begunFor({ state }: Thread, { messageSid }: Message): Begun | undefined {
	return state.idle?.through === messageSid ? state.idle : undefined;
}

/**
 * Writes down that the contact is to be asked; resolves to whether it is ours to have it done. Rejects
 * with StoreUnavailableError.
 */
export async function beginAsking(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	thread: Thread,
	through: string,
): Promise<boolean> {
	const at = isoTime(services.clock);
	return await changeAsRead(services, thread, 'idle', (idle) => begunOnceMore(idle, through, at));
}
