import type { INodeExecutionData, ITriggerFunctions } from 'n8n-workflow';
import { systemClock } from '../host/system-clock';
import { withVersion } from './one-version';

/** Between two runs that start, when many wait. */
const PACE_MS = 40;

/** Starts a run with these items, by output, and resolves when the next one may start. */
export async function beginRun(
	context: ITriggerFunctions,
	items: INodeExecutionData[][],
): Promise<void> {
	context.emit(withVersion(items));
	await systemClock.sleep(PACE_MS);
}
