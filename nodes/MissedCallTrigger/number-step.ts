import type { INodeExecutionData } from 'n8n-workflow';
import { registrationOf } from '../shared/n8n/registration/registration-hooks';
import { systemClock } from '../shared/n8n/host/system-clock';
import { isCallMarked } from '../shared/calls/call-marks';
import { hasEnded, type CallForm } from '../shared/twilio/voice/call-webhook';
import { ring } from './call-answers';
import type { CallReply, CallSoFar, CallVisit } from './call-visit';
import { goOnWithoutAnswer } from './after-ringing';
import { missedCallItems } from './missed-call-items';

/** What Twilio still tells of a call that has ended comes within moments; in milliseconds. */
const GRACE_MS = 5_000;
/** Asking a phone for a key, and Twilio's own steps, take a little longer than it rings; per round. */
const ROUND_MS = 20_000;

/** The number's own requests: a call comes in, or has ended. Both have the same URL. */
export async function replyToNumber(visit: CallVisit, form: CallForm): Promise<CallReply> {
	const { callSid, from: caller, to: called } = form;
	const call: CallSoFar = { callSid, caller, called, round: 0, dialCallStatus: '' };
	if (hasEnded(form)) return { after: async () => await afterTheEnd(visit, call) };
	if (form.failedUrl !== undefined) {
		const { repairAfterTest } = await import('../shared/n8n/registration/repair-after-test.js');
		// A call waits for no repair.
		void repairAfterTest(visit.context, visit.own, form.failedUrl);
	}
	if (visit.settings.rounds.length === 0) return await goOnWithoutAnswer(visit, call);
	const watch = async () => await afterRingingTooLong(visit, call);
	return { twiml: ring(visit, call), ...(isToldOfTheEnd(visit) ? {} : { after: watch }) };
}

/**
 * A caller who hangs up while it rings: whether Twilio then asks the Dial's action is not certain,
 * but it tells the number's status callback, which never says whether anybody took the call.
 */
async function afterTheEnd(visit: CallVisit, call: CallSoFar): Promise<INodeExecutionData[]> {
	await systemClock.sleep(GRACE_MS);
	const { claims } = await visit.openStore();
	const deps = { claims, clock: systemClock };
	if (await isCallMarked(deps, call.callSid, 'taken')) return [];
	// Whoever has the recording starts the run with it.
	if (await isCallMarked(deps, call.callSid, 'recorded')) return [];
	const rung = await isCallMarked(deps, call.callSid, 'rung');
	return await missedCallItems(visit, {
		...call,
		dialCallStatus: rung ? 'no-answer' : 'canceled',
	});
}

/** The same for a number whose status callback another app has. */
async function afterRingingTooLong(
	visit: CallVisit,
	call: CallSoFar,
): Promise<INodeExecutionData[]> {
	const { rounds, ringSeconds } = visit.settings;
	await systemClock.sleep(rounds.length * (ringSeconds * 1_000 + ROUND_MS));
	const { claims } = await visit.openStore();
	const deps = { claims, clock: systemClock };
	if (await isCallMarked(deps, call.callSid, 'taken')) return [];
	if (await isCallMarked(deps, call.callSid, 'rung')) return [];
	return await missedCallItems(visit, { ...call, dialCallStatus: 'canceled' });
}

/** Whether this trigger has the status callback of its numbers, as far as it remembers. */
export function isToldOfTheEnd({ context }: CallVisit): boolean {
	const endpoints = registrationOf(context)?.endpoints ?? [];
	const numbers = endpoints.filter(({ kind }) => kind === 'voice');
	const callbacks = endpoints.filter(({ kind }) => kind === 'callStatus');
	return numbers.length > 0 && callbacks.length === numbers.length;
}
