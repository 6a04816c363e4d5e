import type { INodeExecutionData } from 'n8n-workflow';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import { isCallMarked, markCall } from '../shared/calls/call-marks';
import {
	outcomeOf,
	type CallStep,
	hasEnded,
	type CallForm,
} from '../shared/twilio/voice/call-webhook';
import { connectTwiml } from '../shared/twilio/voice/call-twiml';
import { afterRinging, goOnWithoutAnswer } from './after-ringing';
import { askForKey, hangUp, ring } from './call-answers';
import type { CallReply, CallSoFar, CallVisit } from './call-visit';
import { missedCallItems } from './missed-call-items';
import { reasonOf } from '../shared/messaging/reason-of';

/** How long Twilio may take to store a recording after the caller has spoken; in milliseconds. */
const RECORDING_MS = 30_000;

/** The requests that our own TwiML has asked for. */
export async function replyToStep(
	visit: CallVisit,
	step: CallStep,
	form: CallForm,
): Promise<CallReply> {
	switch (step.name) {
		case 'answered':
			return { after: async () => await markTaken(visit, step) };
		case 'screen':
			return { twiml: askForKey(visit, step) };
		case 'accept':
			return await afterKey(visit, step, form);
		case 'dialed':
			return await afterDialing(visit, step, form);
		case 'recorded':
			return { twiml: hangUp(), after: async () => await afterSpeaking(visit, step, form) };
		case 'unrecorded':
			return { twiml: hangUp(), after: async () => await missedCallItems(visit, step) };
		case 'recording':
			return { after: async () => await missedCallItems(visit, step, form.recording) };
	}
}

/** A person has picked up: their key is written down before they are connected. */
async function afterKey(visit: CallVisit, call: CallSoFar, form: CallForm): Promise<CallReply> {
	if (form.digits === '') return { twiml: hangUp() };
	await unlessStoreFails(visit, async () => await markTaken(visit, call));
	return { twiml: connectTwiml() };
}

/** Nothing rings any more: the next phone, the voicemail, or goodbye. */
async function afterDialing(visit: CallVisit, step: CallStep, form: CallForm): Promise<CallReply> {
	const { acceptByKey, rounds } = visit.settings;
	const accepted = acceptByKey && (await unlessStoreFails(visit, () => isTaken(visit, step)));
	const outcome = outcomeOf(form, { asked: acceptByKey, accepted: accepted === true });
	if (outcome.taken) {
		return { twiml: hangUp(), after: async () => await markTaken(visit, step) };
	}
	const call = { ...step, round: step.round + 1, dialCallStatus: outcome.dialCallStatus };
	if (hasEnded(form)) {
		return { twiml: hangUp(), after: async () => await afterRinging(visit, call) };
	}
	if (rounds[call.round]) return { twiml: ring(visit, call) };
	return await goOnWithoutAnswer(visit, call);
}

/** The recording's own request starts the run, when it can be fetched; this is in case it is lost. */
async function afterSpeaking(
	visit: CallVisit,
	call: CallSoFar,
	{ recording }: CallForm,
): Promise<INodeExecutionData[]> {
	const { claims } = await visit.openStore();
	await markCall({ claims, clock: systemClock }, call.callSid, 'recorded');
	await systemClock.sleep(RECORDING_MS);
	return await missedCallItems(visit, call, recording);
}

/** Starts nothing, and keeps the end of the call from starting anything. */
async function markTaken(visit: CallVisit, { callSid }: CallSoFar): Promise<[]> {
	const { claims } = await visit.openStore();
	await markCall({ claims, clock: systemClock }, callSid, 'taken');
	return [];
}

async function isTaken(visit: CallVisit, { callSid }: CallSoFar): Promise<boolean> {
	const { claims } = await visit.openStore();
	return await isCallMarked({ claims, clock: systemClock }, callSid, 'taken');
}

/** People on the phone do not wait for a store that is down. */
async function unlessStoreFails<T>(
	{ context }: CallVisit,
	work: () => Promise<T>,
): Promise<T | undefined> {
	try {
		return await work();
	} catch (error) {
		const reason = reasonOf(error);
		logWarning(context, 'store', `Could not write down who took a call: ${reason}`);
		return undefined;
	}
}
