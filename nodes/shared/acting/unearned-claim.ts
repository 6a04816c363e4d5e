import type { Action } from '../threads/actions';
import { tellsOfDeed } from './deeds';

/**
 * Why a reply must not reach the contact: it tells of what did not happen, or of what nobody knows to
 * have happened. Undefined where all that it tells of was done.
 *
 * @param restsOn ids of the actions that it tells of, as the model says.
 * @param actions all that are known of the thread.
 */
export function unearnedClaim(
	{ text, restsOn = [] }: { text: string; restsOn?: readonly string[] },
	actions: readonly Action[],
): string | undefined {
	for (const id of restsOn) {
		const action = actions.find((one) => one.id === id.trim());
		if (!action) return `it tells of an action "${id.slice(0, 20)}" that there is not`;
		if (action.state !== 'done')
			return `it tells of ${action.tool}, ${WHAT_CAME[action.state]}`;
	}
	if (restsOn.length > 0 || !tellsOfDeed(text)) return undefined;
	return 'it tells of something that was done, and of no action of the agent';
}

const WHAT_CAME: Record<Exclude<Action['state'], 'done'>, string> = {
	running: 'of which nobody knows yet what came of it',
	failed: 'which failed',
	uncertain: 'of which nobody knows what came of it',
};
