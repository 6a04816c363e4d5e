import type { INodeExecutionData } from 'n8n-workflow';
import { systemClock } from '../shared/n8n/host/system-clock';
import { isCallMarked, markCall } from '../shared/calls/call-marks';
import { sayGoodbye, takeVoicemail } from './call-answers';
import type { CallReply, CallSoFar, CallVisit } from './call-visit';
import { missedCallItems } from './missed-call-items';

/** The greeting, the tone and a silence before the caller speaks; in milliseconds. */
const GREETING_MS = 60_000;

/** Nobody has taken the call, and the caller is still there. */
export async function goOnWithoutAnswer(visit: CallVisit, call: CallSoFar): Promise<CallReply> {
	const { voicemail } = visit.settings;
	if (voicemail === undefined) {
		const missed = async () => await afterRinging(visit, call);
		return { twiml: sayGoodbye(visit), after: missed };
	}
	return {
		twiml: takeVoicemail(visit, call, voicemail.maxSeconds),
		after: async () => await afterVoicemail(visit, call, voicemail.maxSeconds),
	};
}

/** The run starts now. */
export async function afterRinging(
	visit: CallVisit,
	call: CallSoFar,
): Promise<INodeExecutionData[]> {
	const { claims } = await visit.openStore();
	await markCall({ claims, clock: systemClock }, call.callSid, 'rung');
	return await missedCallItems(visit, call);
}

/**
 * Most callers who leave no message hang up, and of that only the number's status callback tells.
 * Where we do not have it, or it is lost, the run starts when no message can come any more.
 */
async function afterVoicemail(
	visit: CallVisit,
	call: CallSoFar,
	maxSeconds: number,
): Promise<INodeExecutionData[]> {
	const { claims } = await visit.openStore();
	const deps = { claims, clock: systemClock };
	await markCall(deps, call.callSid, 'rung');
	await systemClock.sleep(GREETING_MS + maxSeconds * 1_000);
	if (await isCallMarked(deps, call.callSid, 'recorded')) return [];
	return await missedCallItems(visit, call);
}
