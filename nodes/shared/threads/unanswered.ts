import type { Message } from '../messaging/message';
import type { Thread } from './thread-store';

/** The contact's texts that no run was started for, oldest first. */
export function textsWithoutRun({ messages, state }: Thread): Message[] {
	// Where the mark is not among the messages read, all of them are newer than it.
	const from = messages.findIndex(({ messageSid }) => messageSid === state.takenThrough) + 1;
	const answered = answeredSids(messages);
	return messages
		.slice(from)
		.filter((message) => needsAnswer(message) && !answered.has(message.messageSid));
}

/** The contact's texts after those of the turn, oldest first: what makes a reply to the turn stale. */
export function textsAfter(messages: readonly Message[], turn: readonly string[]): Message[] {
	const last = messages.findLastIndex(({ messageSid }) => turn.includes(messageSid));
	return messages.slice(last + 1).filter(needsAnswer);
}

function needsAnswer({ direction, consent }: Message): boolean {
	return direction === 'inbound' && consent === undefined;
}

/** SIDs of the texts that a reply in the thread says it answers. */
export function answeredSids(messages: readonly Message[]): Set<string> {
	return new Set(messages.flatMap(({ answers }) => answers ?? []));
}
