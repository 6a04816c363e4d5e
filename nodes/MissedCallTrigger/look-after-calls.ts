import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import { startTriggerUpkeep } from '../shared/n8n/upkeep/trigger-upkeep';
import { connectingOf } from './call-hooks';
import { lateCallsTask } from './late-calls';

/** From now on, until the workflow is unpublished, the trigger sees to it that calls come here. */
export async function lookAfterCalls(context: ITriggerFunctions): Promise<ITriggerResponse> {
	return await startTriggerUpkeep(context, {
		connecting: () => connectingOf(context),
		tasks: () => lateCallsTask(context),
	});
}
