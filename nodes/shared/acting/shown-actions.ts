import type { Happening } from '../composing/history';
import { outsideLine } from '../composing/outside-words';
import { beginningOf } from '../messaging/text-bounds';
import type { Action } from '../threads/actions';
import { LONGEST_TOOL_ANSWER } from './tool';

/** Characters of arguments and of a result, in a conversation that goes on. */
const LONGEST_IN_HISTORY = 500;

const STATES: Record<Action['state'], string> = {
	running: 'begun, its outcome not known yet',
	done: 'done',
	failed: 'failed, it did not happen',
	uncertain: 'outcome unknown, a person looks into it',
};

/** What the agent did earlier, as part of the conversation; never on the side of the rules. */
export function happeningsOf(actions: readonly Action[]): Happening[] {
	return actions.map(({ id, tool, arguments: args, state, result, at }) => {
		const shown = (text: string) => beginningOf(outsideLine(text), LONGEST_IN_HISTORY);
		const gave = result === '' ? '' : `: ${shown(result)}`;
		return {
			at,
			shown: {
				role: 'user',
				content: `[action ${id}, ${STATES[state]}] ${shown(tool)} ${shown(args)}${gave}`,
			},
		};
	});
}

/** What the model is answered when it has asked for a call. */
export function answerTo({ id, state, result }: Action): string {
	const isCut = result.length > LONGEST_TOOL_ANSWER;
	return JSON.stringify({
		action: id,
		outcome: state,
		result: beginningOf(result, LONGEST_TOOL_ANSWER),
		...(isCut ? { note: 'Cut: there was more. Ask for less.' } : {}),
		...(state === 'done' && result === '[]'
			? { note: 'Empty: nothing was found, and nothing was changed.' }
			: {}),
	});
}
