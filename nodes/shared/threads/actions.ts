import { createHash } from 'node:crypto';
import { beginningOf } from '../messaging/text-bounds';
import { recordKeys } from './record-keys';
import type { RecordJson, RecordStore, RecordValue } from './record-store';

/**
 * How an action stands. `running`: it was begun, and nobody has written down yet what came of it.
 * `failed`: it certainly did not happen. `uncertain`: nobody can tell.
 */
export type ActionState = 'running' | 'done' | 'failed' | 'uncertain';

/** One call of a tool in a turn. */
export interface Action {
	/** By which the model names it: unique within the thread. */
	id: string;
	tool: string;
	/** JSON, the names in order. */
	arguments: string;
	/** What makes it the same call: see `actionKey`. */
	key: string;
	state: ActionState;
	/** When it was begun. ISO 8601, UTC. */
	at: string;
	/** What the tool gave, or why it failed; its beginning where that is long. */
	result: string;
	/** It changed nothing anywhere: it is not known for what it was, but done anew when asked for. */
	onlyLooks?: boolean;
}

/** What a call is known by, before it is made. */
export type NewAction = Pick<Action, 'tool' | 'arguments' | 'key' | 'at' | 'onlyLooks'>;

/** So many of a thread are remembered, the newest. */
const MOST_ACTIONS = 20;
/** Characters of a result, and of the arguments, that are remembered. */
const LONGEST_KEPT = 2_000;

/**
 * One call in one turn. A turn that goes on, because the contact wrote again before it was answered,
 * keeps its oldest text: so it is that which names the turn here.
 */
export function actionKey(oldestSid: string, tool: string, args: string): string {
	return createHash('sha256')
		.update(JSON.stringify([oldestSid, tool, args]))
		.digest('base64url');
}

/** The same arguments give the same JSON, whatever order they came in. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_, inner: unknown) =>
		typeof inner === 'object' && inner !== null && !Array.isArray(inner)
			? Object.fromEntries(
					Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)),
				)
			: inner,
	);
}

/** The actions of a thread, oldest first, out of its record. */
export function actionsIn(record: RecordValue | undefined): Action[] {
	return (record?.['actions'] ?? []) as unknown as Action[];
}

/**
 * Writes down that a call is made now, unless the same one is known already. `known`: it must not be
 * made again, or it is another's to end. A failed one may. Rejects with StoreUnavailableError.
 */
export async function beginAction(
	records: RecordStore,
	threadId: string,
	given: NewAction,
): Promise<{ kind: 'begun' | 'known'; action: Action }> {
	let outcome: { kind: 'begun' | 'known'; action: Action } | undefined;
	await records.change(recordKeys.actions(threadId), (present) => {
		const actions = actionsIn(present);
		const same = actions.find(
			({ key, state, onlyLooks }) => key === given.key && state !== 'failed' && !onlyLooks,
		);
		if (same) {
			outcome = { kind: 'known', action: same };
			return present;
		}
		const count = ((present?.['count'] as number | undefined) ?? 0) + 1;
		const action: Action = {
			...shortened(given),
			id: `a${count}`,
			state: 'running',
			result: '',
		};
		outcome = { kind: 'begun', action };
		return recordOf(count, [...actions, action]);
	});
	if (!outcome) throw new Error('The store has changed no record');
	return outcome;
}

/** Writes down what came of a call. Rejects with StoreUnavailableError. */
export async function endAction(
	records: RecordStore,
	threadId: string,
	id: string,
	end: Pick<Action, 'state' | 'result'>,
): Promise<void> {
	await changeActions(records, threadId, (action) =>
		action.id === id ? shortened({ ...action, ...end }) : action,
	);
}

/**
 * Calls that a run began and did not live to end: nobody can tell what came of them. To be asked by
 * whoever alone works on the thread. Gives those that it found, as they stand now.
 */
export async function giveUpRunning(
	records: RecordStore,
	threadId: string,
	why: string,
): Promise<Action[]> {
	let found: Action[] = [];
	await changeActions(records, threadId, (action, index) => {
		if (index === 0) found = [];
		if (action.state !== 'running') return action;
		if (action.onlyLooks) return { ...action, state: 'failed', result: why };
		const given = { ...action, state: 'uncertain' as const, result: why };
		found.push(given);
		return given;
	});
	return found;
}

async function changeActions(
	records: RecordStore,
	threadId: string,
	change: (action: Action, index: number) => Action,
): Promise<void> {
	await records.change(
		recordKeys.actions(threadId),
		(present) =>
			present && recordOf(present['count'] as number, actionsIn(present).map(change)),
	);
}

function recordOf(count: number, actions: readonly Action[]): RecordValue {
	return { count, actions: actions.slice(-MOST_ACTIONS) as unknown as readonly RecordJson[] };
}

function shortened<Some extends Partial<Action>>(action: Some): Some {
	const { arguments: args, result } = action;
	return {
		...action,
		...(args === undefined ? {} : { arguments: beginningOf(args, LONGEST_KEPT) }),
		...(result === undefined ? {} : { result: beginningOf(result, LONGEST_KEPT) }),
	};
}
