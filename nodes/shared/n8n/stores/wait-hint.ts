import type { IExecuteFunctions, NodeExecutionHint, NodeTypeAndVersion } from 'n8n-workflow';
import type { StoreKind } from '../../threads/thread-store';
import { KEEP_IN } from './thread-store-fields';

const WAIT_NODE = 'n8n-nodes-base.wait';
/** Seconds from which n8n ends the run at a Wait, and goes on later with empty static data. */
const LONG_WAIT = 65;
const SECONDS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60 };

/** What a Wait in the workflow does to conversations in static data, for the builder. */
export const WAIT_AND_STATIC_DATA = `After a <b>Wait</b> of 65 seconds or more, n8n may save an empty copy over the conversations in This Workflow. The next text puts them back, unless n8n stops before. Choose <b>File on the Server</b>, Redis or Postgres under <b>${KEEP_IN}</b>.`;

/** Tells of the Wait nodes before and after this node where conversations are kept in static data. */
export function waitHints(
	context: Pick<IExecuteFunctions, 'getNode' | 'getChildNodes' | 'getParentNodes'>,
	{ kind }: { kind: StoreKind },
): NodeExecutionHint[] {
	if (kind !== 'staticData') return [];
	const { name } = context.getNode();
	const withParameters = { includeNodeParameters: true };
	const around = [
		...context.getParentNodes(name, withParameters),
		...context.getChildNodes(name, withParameters),
	];
	if (!around.some(mayWaitLong)) return [];
	return [{ message: WAIT_AND_STATIC_DATA, type: 'warning', location: 'outputPane' }];
}

function mayWaitLong({ type, disabled, parameters = {} }: NodeTypeAndVersion): boolean {
	if (type !== WAIT_NODE || disabled) return false;
	const { resume = 'timeInterval', amount, unit, limitWaitTime } = parameters;
	if (resume === 'specificTime') return true;
	if (resume !== 'timeInterval') return limitWaitTime === true;
	const seconds = Number(amount) * (SECONDS[unit as string] ?? 3600);
	// An amount that an expression gives is not known here.
	return !(seconds < LONG_WAIT);
}
