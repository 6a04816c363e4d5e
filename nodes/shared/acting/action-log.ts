import { isoTime, type Clock } from '../messaging/clock';
import {
	beginAction,
	endAction,
	type Action,
	type ActionState,
	type NewAction,
} from '../threads/actions';
import type { RecordStore } from '../threads/record-store';

/** Where the actions of a turn are written down, before and after each. */
export interface ActionLog {
	/** `known`: the same call stands there already, and is not to be made. */
	begin(call: Omit<NewAction, 'at'>): Promise<{ kind: 'begun' | 'known'; action: Action }>;
	end(action: Action, state: ActionState, result: string): Promise<Action>;
}

/** In the thread's record. Its methods reject with StoreUnavailableError. */
export function actionLogOf(records: RecordStore, threadId: string, clock: Clock): ActionLog {
	return {
		begin: async (call) =>
			await beginAction(records, threadId, { ...call, at: isoTime(clock) }),
		end: async (action, state, result) => {
			await endAction(records, threadId, action.id, { state, result });
			return { ...action, state, result };
		},
	};
}

/** Nowhere: whoever tries an agent out wants each call made, as often as they try. */
export function unkeptActionLog(clock: Clock): ActionLog {
	let count = 0;
	return {
		begin: async (call) => {
			count += 1;
			const action = { ...call, id: `a${count}`, at: isoTime(clock) };
			return { kind: 'begun', action: { ...action, state: 'running', result: '' } };
		},
		end: async (action, state, result) => ({ ...action, state, result }),
	};
}
