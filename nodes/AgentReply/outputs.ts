import type { ReplyOutcome } from '../shared/replying/reply-outcome';

type OutcomeKind = ReplyOutcome['kind'];

/**
 * The output of each outcome, from top to bottom, as the editor names it. n8n stores connections by
 * index: a new output goes to the end, and none is ever moved.
 */
const NAMES: Readonly<Record<OutcomeKind, string>> = {
	replied: 'Replied',
	needsHuman: 'Needs Human',
	noReply: 'No Reply',
};

export const OUTPUT_NAMES = Object.values(NAMES);

export function outputOf(kind: OutcomeKind): number {
	return Object.keys(NAMES).indexOf(kind);
}
