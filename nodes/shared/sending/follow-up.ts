import type { Thread } from '../threads/thread-store';
import { CannotTextError, OptedOutError, SendError } from './send-errors';
import type { SentMessage } from './outbound-draft';

/** A follow-up is not wanted any more: the contact has written. Nothing was sent. */
export class AnsweredError extends SendError {
	override readonly name = 'AnsweredError';
	readonly fix = 'Nothing needs to be done.';

	constructor() {
		super('The contact has answered since; nothing was sent');
	}
}

/** Why a follow-up was left out; no failure. */
export interface Skipped {
	skipped: 'answered' | 'optedOut' | 'cannotText';
	reason: string;
}

/** What `send` resolves to, or why there was nothing to send. Rejects with what is a failure. */
export async function sentOrSkipped(
	send: () => Promise<SentMessage>,
): Promise<SentMessage | Skipped> {
	try {
		return await send();
	} catch (error) {
		if (error instanceof AnsweredError) return { skipped: 'answered', reason: error.message };
		if (error instanceof CannotTextError) {
			return { skipped: 'cannotText', reason: error.message };
		}
		if (error instanceof OptedOutError) return { skipped: 'optedOut', reason: error.message };
		throw error;
	}
}

/**
 * For a text that follows up on an earlier one of ours.
 *
 * @param earlierSid where it is not known, the newest text is meant that we sent without being asked.
 */
export function unlessAnswered(
	earlierSid: string | undefined,
): (thread: Thread) => AnsweredError | undefined {
	return ({ messages }) => {
		const earlier = messages.findLastIndex(({ messageSid, direction, answers }) =>
			earlierSid === undefined
				? direction === 'outbound' && answers === undefined
				: messageSid === earlierSid,
		);
		const answered = messages
			.slice(earlier + 1)
			.some(({ direction }) => direction === 'inbound');
		return answered ? new AnsweredError() : undefined;
	};
}
