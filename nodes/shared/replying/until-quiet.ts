import type { Thread } from '../threads/thread-store';
import { BURST_QUIET_MS } from '../threads/timing';
import { textsWithOpenRun } from '../threads/turns/unanswered';
import type { ReplyTurn } from './reply-turn';

/**
 * How long to wait before the model is asked, in milliseconds; 0 for most turns. Each text of a burst
 * has a run of its own, and what one composes the next text makes void: so the more texts stand
 * unanswered, the longer the contact must have been quiet.
 *
 * @param now milliseconds since 1970.
 */
export function msUntilQuiet(thread: Thread, { messages }: ReplyTurn, now: number): number {
	const unanswered = textsWithOpenRun(thread).length;
	const quiet = BURST_QUIET_MS[Math.min(unanswered, BURST_QUIET_MS.length - 1)] ?? 0;
	const since = now - Date.parse(messages.at(-1)?.at ?? '');
	// What cannot be told waits for nothing.
	return Number.isNaN(since) ? 0 : Math.min(Math.max(0, quiet - since), quiet);
}
