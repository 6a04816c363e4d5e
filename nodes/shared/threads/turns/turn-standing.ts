import type { Message } from '../../messaging/message';
import type { Retry, Thread } from '../thread-store';
import { isGivenUp } from './give-turn-back';
import { textsWithoutRun, textsWithOpenRun } from './unanswered';

/** How the newest turn of a thread stands. */
export type TurnStanding =
	/** Answered, ended, or begun in vain too often. */
	| { kind: 'settled' }
	/** No run was started for its texts. */
	| { kind: 'withoutRun'; text: Message }
	/** It is to be begun again. */
	| { kind: 'retry'; text: Message; texts: Message[]; retry: Retry }
	/** A run was started, and it came to nothing yet. */
	| {
			kind: 'running';
			text: Message;
			texts: Message[];
			/** Milliseconds since 1970. */
			startedAt: number;
			/** What it is a further try of. */
			retry?: Retry;
	  };

export function standingOf(thread: Thread): TurnStanding {
	const waiting = textsWithoutRun(thread).at(-1);
	// The turn of a newer text takes along what came before.
	if (waiting) return { kind: 'withoutRun', text: waiting };
	const texts = textsWithOpenRun(thread);
	const text = texts.at(-1);
	if (text === undefined || isGivenUp(thread.state)) return { kind: 'settled' };
	const { startedAt: at = '', startedThrough } = thread.state;
	const startedAt = Date.parse(at) || 0;
	const retry = thread.state.retry?.through === startedThrough ? thread.state.retry : undefined;
	if (retry === undefined) return { kind: 'running', text, texts, startedAt };
	// The run that is this retry was started at its time or after it.
	const isBegun = startedAt >= Date.parse(retry.at);
	return isBegun
		? { kind: 'running', text, texts, startedAt, retry }
		: { kind: 'retry', text, texts, retry };
}
