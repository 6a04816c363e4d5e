import type { Route } from '../../messaging/agent';
import { parseThreadId } from '../../messaging/thread-id';
import { storedText } from '../../receiving/record-inbound';
import type { EndedThread } from '../../remembering/ended-threads';
import { incomingText, type IncomingText } from './incoming-text';

/** The item of a conversation that has ended: whose it is, and no words that anybody could answer. */
export function endedItem(
	{ thread, text, by }: EndedThread,
	route: Route,
): IncomingText & { threadEnded: true; endedBy: EndedThread['by'] } {
	const { accountSid, contact: from } = parseThreadId(thread.threadId) ?? {
		accountSid: '',
		contact: '',
	};
	const turn = { texts: [text], thread };
	const item = incomingText('threadEnded', storedText({ accountSid, from }, text), route, turn);
	return {
		...item,
		...{ body: '', chatInput: '', messages: [], media: [], newThread: false },
		threadEnded: true,
		endedBy: by,
	};
}
