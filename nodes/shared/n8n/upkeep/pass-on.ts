import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { LOOK_AFTER_MS, PROBE, STARTED_BY, SWEEP } from './names';
import { triggerKeyOf } from './trigger-key';

/**
 * What a trigger was called with, on the outputs it came for. n8n calls a trigger that has `trigger()`
 * at the start of each run, where it would else take what `trigger()` emits in a test.
 */
export async function passOn(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const { inputData } = context as { inputData?: { main?: Array<INodeExecutionData[] | null> } };
	const outputs = inputData?.main?.map((items) => items ?? []) ?? [context.getInputData()];
	const probe = outputs[0]?.[0]?.json[PROBE];
	if (probe === undefined) {
		const { noteInExecution, noteOf } = await import('../items/note-in-execution.js');
		noteInExecution(
			context,
			outputs.flat().map(({ json }) => noteOf(json)),
		);
		if (context.getMode() !== 'manual') {
			const { wakeUpkeep } = await import('./upkeep.js');
			wakeUpkeep(triggerKeyOf(context), SWEEP, LOOK_AFTER_MS);
		}
		if (!outputs.flat().some(({ json }) => STARTED_BY in json)) return outputs;
		const { comparingVersions } = await import('./one-version.js');
		return comparingVersions(context, outputs);
	}
	const { noteReached } = await import('./queue-probe.js');
	// One that came in vain is followed by another; nobody need see that it did.
	await noteReached(context, probe).catch(() => undefined);
	return [];
}
