import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import { parseCountry } from '../shared/messaging/phone-number';
import { DEFAULT_COUNTRY, defaultCountryOption } from '../shared/n8n/agents/default-country-option';
import { agentsTask } from '../shared/n8n/agents/keep-agents';
import { readAgents } from '../shared/n8n/agents/read-agents';
import { option, textOf } from '../shared/n8n/host/field-value';
import { startTriggerUpkeep } from '../shared/n8n/upkeep/trigger-upkeep';
import { connectingOf } from './call-hooks';
import { lateCallsTask } from './late-calls';

/** From now on, until the workflow is unpublished, the trigger sees to it that calls come here. */
export async function lookAfterCalls(context: ITriggerFunctions): Promise<ITriggerResponse> {
	return await startTriggerUpkeep(context, {
		connecting: () => connectingOf(context),
		tasks: () => {
			const typed = textOf(context, option(defaultCountryOption));
			const agents = readAgents(context, parseCountry(typed, DEFAULT_COUNTRY));
			return [agentsTask(context, agents, 'calls'), ...lateCallsTask(context)];
		},
	});
}
