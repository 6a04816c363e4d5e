import type { Route } from '../../messaging/routing';
import { parseThreadId } from '../../messaging/thread-id';
import { storedText } from '../../receiving/record-inbound';
import type { EndedThread, SilentThread } from '../../remembering/ended-threads';
import { incomingText, type IncomingText } from './incoming-text';

/** The item of a conversation that has ended: whose it is, and no words that anybody could answer. */
export function endedItem(
	{ thread, text, by }: EndedThread,
	route: Route,
): IncomingText & { threadEnded: true; endedBy: EndedThread['by'] } {
	return { ...wordless('threadEnded', { thread, text }, route), threadEnded: true, endedBy: by };
}

/** The item of a contact who is to be asked whether they are still there; it has no words either. */
export function idleItem(
	silent: Extract<SilentThread, { kind: 'idle' }>,
	route: Route,
): IncomingText & { threadIdle: true } {
	return { ...wordless('threadIdle', silent, route), threadIdle: true };
}

function wordless(
	event: 'threadEnded' | 'threadIdle',
	{ thread, text }: Pick<EndedThread, 'thread' | 'text'>,
	route: Route,
): IncomingText {
	const { accountSid, contact: from } = parseThreadId(thread.threadId) ?? {
		accountSid: '',
		contact: '',
	};
	const turn = { texts: [text], thread };
	const item = incomingText(event, storedText({ accountSid, from }, text), route, turn);
	return {
		...item,
		...{ body: '', chatInput: '', messages: [], media: [], newThread: false },
	};
}
