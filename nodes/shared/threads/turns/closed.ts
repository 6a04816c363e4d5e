import type { Closed, Thread } from '../thread-store';
import { needsAnswer } from './unanswered';

/**
 * Who closed the conversation and when; undefined where it is open. The start of a turn takes the mark
 * away; a text that starts none, since another app is told of it, opens the conversation all the same.
 */
export function closedOf({
	messages,
	state,
}: Pick<Thread, 'messages' | 'state'>): Closed | undefined {
	const { closed } = state;
	if (closed === undefined) return undefined;
	const last = messages.findIndex(({ messageSid }) => messageSid === closed.through);
	// Where it is not among the messages read, all of them are newer.
	return messages.slice(last + 1).some(needsAnswer) ? undefined : closed;
}
