import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { LOOK_AFTER_MS, PROBE, SWEEP } from './names';
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
		if (context.getMode() !== 'manual') {
			const { wakeUpkeep } = await import('./upkeep.js');
			wakeUpkeep(triggerKeyOf(context), SWEEP, LOOK_AFTER_MS);
		}
		return outputs;
	}
	const { noteReached } = await import('./queue-probe.js');
	// One that came in vain is followed by another; nobody need see that it did.
	await noteReached(context, probe).catch(() => undefined);
	return [];
}
