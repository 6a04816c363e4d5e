import type { Closed, Thread } from '../thread-store';
import { textsAfter } from './unanswered';

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
	const through = closed.through === undefined ? [] : [closed.through];
	return textsAfter(messages, through).length > 0 ? undefined : closed;
}
