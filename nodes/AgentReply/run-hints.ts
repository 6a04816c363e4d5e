import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';
import type { ReplyOutcome } from '../shared/replying/reply-outcome';
import { namesBehind } from '../shared/n8n/host/connected-to';
import { storeChoiceOf } from '../shared/n8n/stores/thread-store-choice';
import { waitHints } from '../shared/n8n/stores/wait-hint';
import { HAND_OVER, outputOf } from './outputs';

/** What whoever looks at a run should know of it, beside its items. */
export type RunNote = 'nobodyTold' | 'dealtWithBefore' | 'texted' | 'acted';

const WITHOUT_SENDING =
	'set <b>When the Reply Is Written</b> to <b>Only Give It to the Next Node</b>: then each run writes a new answer, and this node texts nobody.';

const HINTS: Readonly<Record<RunNote, NodeExecutionHint>> = {
	nobodyTold: {
		message: `Nothing is connected to <b>${HAND_OVER}</b>, so nobody was told that this contact needs a person. Connect a <b>Send SMS</b> to your own phone there, or another node that tells you.`,
		type: 'warning',
		location: 'outputPane',
	},
	dealtWithBefore: {
		message: `This text was answered before, or the contact has written again since: nothing new was written or sent. To try prompts on it, ${WITHOUT_SENDING}`,
		type: 'warning',
		location: 'outputPane',
	},
	acted: {
		message:
			'This run has used the connected tools for real, and each further run in the editor does so again.',
		type: 'info',
		location: 'outputPane',
	},
	texted: {
		message: `This run has texted the contact for real. To try prompts, ${WITHOUT_SENDING}`,
		type: 'info',
		location: 'outputPane',
	},
};

/** For a run in the editor, where somebody tries the agent out. */
export function noteOnTry(outcome: ReplyOutcome): RunNote | undefined {
	switch (outcome.kind) {
		case 'replied':
			return outcome.sent ? sentNote(outcome.sent) : undefined;
		case 'needsHuman':
			return outcome.handover ? sentNote(outcome.handover) : undefined;
		case 'noReply':
			if (outcome.confirmation) return sentNote(outcome.confirmation);
			return outcome.code === 'newerText' ? 'dealtWithBefore' : undefined;
	}
}

function sentNote({ repeated }: { repeated: boolean }): RunNote {
	return repeated ? 'dealtWithBefore' : 'texted';
}

/** Once for all items. */
export function hintsFor(
	context: IExecuteFunctions,
	notes: ReadonlySet<RunNote>,
): NodeExecutionHint[] {
	const told = [...notes].filter((note) => note !== 'nobodyTold' || !leadsOn(context));
	return [...told.map((note) => HINTS[note]), ...waits(context)];
}

/** A choice that cannot be read has failed every item, with the reason. */
function waits(context: IExecuteFunctions): NodeExecutionHint[] {
	try {
		return waitHints(context, storeChoiceOf(context));
	} catch {
		return [];
	}
}

/** Whether a node behind the hand-overs runs; n8n passes items on through what is deactivated. */
function leadsOn(context: IExecuteFunctions): boolean {
	const behind = namesBehind(context, outputOf('needsHuman'));
	if (behind === undefined) return true;
	return context
		.getChildNodes(context.getNode().name)
		.some(({ name, disabled }) => !disabled && behind.includes(name));
}
