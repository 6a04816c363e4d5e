import type { ReplyOutcome } from '../shared/replying/reply-outcome';

type OutcomeKind = ReplyOutcome['kind'];

/**
 * The output of each outcome, from top to bottom, as the editor names it. n8n stores connections by
 * index: a new output goes to the end, and none is ever moved. The canvas cuts longer names.
 */
const NAMES: Readonly<Record<OutcomeKind, string>> = {
	replied: 'Replied',
	needsHuman: 'Hand Over',
	noReply: 'No Reply',
};

/** As the editor calls the output of what a person should answer. */
export const HAND_OVER = NAMES.needsHuman;

export const OUTPUT_NAMES = Object.values(NAMES);

export function outputOf(kind: OutcomeKind): number {
	return Object.keys(NAMES).indexOf(kind);
}
