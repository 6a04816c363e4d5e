import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import { reasonWithFix } from '../../messaging/reason-of';
import { loadRest } from '../host/load-rest.singleton';
import { logWarning } from '../host/log-warning';
import { systemClock } from '../host/system-clock';
import type { Connecting } from '../registration/connecting';
import { startsWithN8n } from '../registration/at-start';
import { isRefusal, registrationTask } from './registration-task';
import { triggerKeyOf } from './trigger-key';
import { startUpkeep, type UpkeepTask } from './upkeep';

interface TriggerUpkeep {
	/** Throws InvalidInputError where the fields cannot be used. */
	connecting: () => Connecting;
	/** What is looked after beside the registration. Throws InvalidInputError where the fields cannot be used. */
	tasks: () => UpkeepTask[];
}

/**
 * What `trigger()` of a trigger comes to: it looks after itself until it is unpublished. Never rejects:
 * fields that cannot be used are told at publishing, by the hooks.
 */
export async function startTriggerUpkeep(
	context: ITriggerFunctions,
	{ connecting, tasks }: TriggerUpkeep,
): Promise<ITriggerResponse> {
	// In a test n8n runs the node on what its webhook got.
	if (context.getMode() === 'manual') return {};
	loadRest();
	let looked: UpkeepTask[];
	try {
		// At publishing the hooks connect it themselves.
		const atStart = startsWithN8n(context) ? [registrationTask(context, connecting())] : [];
		looked = [...atStart, ...tasks()];
	} catch (error) {
		const what = `Nobody looks after texts and calls that wait in vain: ${reasonWithFix(error)}`;
		logWarning(context, 'upkeep', what);
		return {};
	}
	const stop = startUpkeep(triggerKeyOf(context), looked, {
		clock: systemClock,
		isLasting: isRefusal,
		failed: (task, error) => {
			const when = isRefusal(error) ? 'in ten minutes' : 'soon';
			const what = `Could not look after what is open (${task}), and tries again ${when}: ${reasonWithFix(error)}`;
			logWarning(context, `upkeep:${task}`, what);
		},
	});
	return { closeFunction: async () => stop() };
}
