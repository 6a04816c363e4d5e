import type { Message } from '../../messaging/message';
import type { Thread } from '../thread-store';

/** The contact's texts that no run was started for, oldest first. */
export function textsWithoutRun({ messages, state }: Thread): Message[] {
	// Where the last run's text is not among the messages read, all of them are newer.
	const { startedThrough, endedThrough } = state;
	const started = Math.max(
		indexOfSid(messages, startedThrough),
		// Further on than the last run, where that was taken for dead and then ended all the same.
		indexOfSid(messages, endedThrough),
	);
	const answered = answeredSids(messages);
	return messages
		.slice(started + 1)
		.filter((message) => needsAnswer(message) && !answered.has(message.messageSid));
}

/**
 * The contact's texts that a run was started for and that nothing came of yet, neither a reply nor
 * the word that there will be none; oldest first. The run may still be at it.
 */
export function textsWithOpenRun({ messages, state }: Thread): Message[] {
	const started = indexOfSid(messages, state.startedThrough);
	const answered = answeredSids(messages);
	// What comes before a text that was dealt with was dealt with too: each run sees the whole thread.
	const dealtWith = messages.findLastIndex(
		({ messageSid }) => answered.has(messageSid) || messageSid === state.endedThrough,
	);
	return messages.slice(dealtWith + 1, started + 1).filter(needsAnswer);
}

/** The contact's texts after those of the turn, oldest first: what makes a reply to the turn stale. */
export function textsAfter(messages: readonly Message[], turn: readonly string[]): Message[] {
	const last = messages.findLastIndex(({ messageSid }) => turn.includes(messageSid));
	return messages.slice(last + 1).filter(needsAnswer);
}

/**
 * What the contact wrote up to and with the turn that we have said nothing to yet, oldest first. A
 * reply to the turn itself does not count, so the answer is the same before and after it went out.
 */
export function textsUpTo(messages: readonly Message[], turn: readonly string[]): Message[] {
	const ofTurn = (sids: readonly string[]) => sids.some((sid) => turn.includes(sid));
	const before = messages.filter(({ answers }) => !ofTurn(answers ?? []));
	const answered = answeredSids(before);
	const first = before.findIndex(({ messageSid }) => turn.includes(messageSid));
	const last = before.findLastIndex(({ messageSid }) => turn.includes(messageSid));
	const from = before.findLastIndex(
		({ messageSid, direction, answers }, index) =>
			index < first &&
			(answered.has(messageSid) || (direction === 'outbound' && answers === undefined)),
	);
	return before.slice(from + 1, last + 1).filter(needsAnswer);
}

/** Whether the contact has said something: words of consent are Twilio's to answer, reactions nobody's. */
export function needsAnswer({ direction, consent, reaction }: Message): boolean {
	return direction === 'inbound' && consent === undefined && reaction === undefined;
}

function indexOfSid(messages: readonly Message[], sid: string | undefined): number {
	return messages.findIndex(({ messageSid }) => messageSid === sid);
}

/** SIDs of the texts that a reply in the thread says it answers. */
export function answeredSids(messages: readonly Message[]): Set<string> {
	return new Set(messages.flatMap(({ answers }) => answers ?? []));
}
