import type { Message } from '../../../nodes/shared/messaging/message';

/** A text that a contact sent, and whether n8n said that it has it. Times: ms since 1970. */
export interface SentText {
	contact: string;
	messageSid: string;
	sentAt: number;
	/** Undefined: refused, or never answered. */
	ackedAt: number | undefined;
}

export interface Evidence {
	/** All texts of one contact. */
	texts: readonly SentText[];
	/** Their thread as the store has it, oldest first. */
	thread: readonly Message[];
	/** SIDs of all messages that Twilio took for this contact. */
	outbound: readonly string[];
}

export interface Verdict {
	/** What must never be; in words. */
	faults: string[];
	/** SIDs of acknowledged texts that no reply covers yet. */
	uncovered: string[];
	/** SIDs of messages at Twilio that the thread does not show yet. */
	unrecorded: string[];
	/** Texts without a reply of their own that a later one covers. */
	superseded: number;
}

/** Holds what the store and Twilio have of one contact against what was promised. */
export function judgeThread(evidence: Evidence): Verdict {
	const { texts, thread, outbound } = evidence;
	const inThread = new Set(thread.map(({ messageSid }) => messageSid));
	const acked = texts.filter(({ ackedAt }) => ackedAt !== undefined);
	const uncovered = acked
		.map(({ messageSid }) => messageSid)
		.filter((sid) => inThread.has(sid) && !isCovered(sid, thread));
	return {
		faults: [
			...acked
				.filter(({ messageSid }) => !inThread.has(messageSid))
				.map(({ messageSid }) => `${messageSid} was acknowledged and is lost`),
			...repeated(thread.map(({ messageSid }) => messageSid)).map(
				(sid) => `${sid} is in the thread twice`,
			),
			...repeated(thread.flatMap(({ answers }) => answers ?? [])).map(
				(sid) => `${sid} is answered by two replies`,
			),
			...outOfOrder(acked, thread),
			...repliesToNothing(thread),
			...thread
				.filter(({ direction }) => direction === 'outbound')
				.filter(({ messageSid }) => !outbound.includes(messageSid))
				.map(({ messageSid }) => `${messageSid} is in the thread, but Twilio never had it`),
		],
		uncovered,
		unrecorded: outbound.filter((sid) => !inThread.has(sid)),
		superseded: acked.filter(
			({ messageSid }) =>
				!uncovered.includes(messageSid) &&
				inThread.has(messageSid) &&
				!thread.some(({ answers }) => answers?.includes(messageSid)),
		).length,
	};
}

/** A reply answers it, or answers a text that came after it. */
function isCovered(sid: string, thread: readonly Message[]): boolean {
	const at = thread.findIndex(({ messageSid }) => messageSid === sid);
	const from = new Set(thread.slice(at).map(({ messageSid }) => messageSid));
	return thread.some(({ answers }) => answers?.some((answered) => from.has(answered)));
}

/** One that was acknowledged before the other was sent comes first. */
function outOfOrder(acked: readonly SentText[], thread: readonly Message[]): string[] {
	const sids = thread.map(({ messageSid }) => messageSid);
	const placeOf = ({ messageSid }: SentText) => sids.indexOf(messageSid);
	return acked.flatMap((first) =>
		acked
			.filter((second) => (first.ackedAt ?? Infinity) < second.sentAt)
			.filter((second) => placeOf(first) > placeOf(second) && placeOf(second) >= 0)
			.map((second) => `${first.messageSid} stands behind ${second.messageSid}, sent later`),
	);
}

function repliesToNothing(thread: readonly Message[]): string[] {
	const inbound = new Set(
		thread.filter(({ direction }) => direction === 'inbound').map((text) => text.messageSid),
	);
	return thread
		.filter(({ author }) => author === 'agent')
		.filter(({ answers }) => !answers?.length || answers.some((sid) => !inbound.has(sid)))
		.map(({ messageSid }) => `${messageSid} answers no text of this thread`);
}

function repeated(sids: readonly string[]): string[] {
	return [...new Set(sids.filter((sid, place) => sids.indexOf(sid) !== place))];
}
