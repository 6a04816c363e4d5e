import type { Message } from '../../../nodes/shared/messaging/message';
import type { SentText } from '../support/judge-thread';

/** A reply as Twilio has it. */
export interface GivenReply {
	/** The newest text that the model was shown for it: its place in the flood, from 0. */
	answered: number;
	/** When the model gave its words; milliseconds since 1970. */
	writtenAt: number;
}

export interface FloodEvidence {
	/** One contact's, in the order in which they were sent. */
	texts: readonly SentText[];
	/** In the order in which Twilio took them. */
	replies: readonly GivenReply[];
	/** What the thread keeps in the end; oldest first. */
	thread: readonly Message[];
	mostReplies: number;
}

/**
 * What is wrong, in words. Texts under way at the same time have no order; one that was acknowledged
 * before another was sent comes before it. A reply to an earlier turn is right where its text was the
 * newest when it was written. So:
 *
 * - no text is answered twice, and no reply answers an older text than the one before it;
 * - no reply is to a text after which another had been acknowledged before the reply was written;
 * - the last reply is to the newest text, by the order of the thread and of the contact's phone;
 * - every text is in the thread once, in the order of the phone;
 * - there are no more replies than an hour may have; where there are as many, a person answers.
 */
export function judgeFlood({ texts, replies, thread, mostReplies }: FloodEvidence): string[] {
	const after = (text: SentText | undefined) =>
		texts.filter(({ sentAt }) => (text?.ackedAt ?? Infinity) < sentAt);
	const answered = replies.map((reply) => ({ ...reply, text: texts[reply.answered] }));
	const sids = thread.map(({ messageSid }) => messageSid);
	const inbound = thread.filter(({ direction }) => direction === 'inbound');
	const newest = inbound.at(-1)?.messageSid;
	const isLimited = replies.length >= mostReplies;
	const lastReply = thread.findLast(({ answers }) => answers !== undefined);
	return [
		...repeated(replies.map((reply) => `text ${reply.answered}`)).map(
			(text) => `${text} is answered twice`,
		),
		...answered.flatMap(({ text, answered: number }, at) =>
			answered
				.slice(0, at)
				.filter((before) => text && after(text).includes(before.text ?? text))
				.map((before) => `text ${number} is answered after ${before.answered}`),
		),
		...answered.flatMap(({ text, answered: number, writtenAt }) => {
			const missed = after(text).filter(({ ackedAt = Infinity }) => ackedAt < writtenAt);
			return missed.length > 0
				? [
						`the reply to text ${number} was written though ${missed.length} newer ones were there`,
					]
				: [];
		}),
		...(!isLimited && after(answered.at(-1)?.text).length > 0
			? ['the newest text is not answered']
			: []),
		...(replies.length === 0 ? ['no text is answered'] : []),
		...(isLimited || (newest !== undefined && lastReply?.answers?.at(-1) === newest)
			? []
			: ['the last reply in the thread is not to its newest text']),
		...repeated(sids).map((sid) => `${sid} is in the thread twice`),
		...texts
			.slice(0, -1)
			.filter((text) => {
				const place = sids.indexOf(text.messageSid);
				return after(text).some(({ messageSid }) => {
					const other = sids.indexOf(messageSid);
					return other >= 0 && place > other;
				});
			})
			.map(({ messageSid }) => `${messageSid} stands behind one that was sent later`),
		...(replies.length > mostReplies
			? [`${replies.length} replies, and ${mostReplies} are permitted`]
			: []),
	];
}

function repeated(names: readonly string[]): string[] {
	return [...new Set(names.filter((name, place) => names.indexOf(name) !== place))];
}
