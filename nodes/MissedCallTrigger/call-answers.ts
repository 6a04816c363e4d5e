import { stepUrl, type CallStepName } from '../shared/twilio/voice/call-webhook';
import {
	hangUpTwiml,
	ringTwiml,
	screenTwiml,
	voicemailTwiml,
	type Spoken,
} from '../shared/twilio/voice/call-twiml';
import type { CallSoFar, CallVisit } from './call-visit';

/** Rings the phones of the call's present round. */
export function ring({ own, settings }: CallVisit, call: CallSoFar): string {
	const at = (name: CallStepName) => stepUrl(own.url, { ...call, name });
	return ringTwiml({
		phones: settings.rounds[call.round] ?? [],
		seconds: settings.ringSeconds,
		callerId: settings.showCaller ? undefined : call.called,
		dialedUrl: at('dialed'),
		screenUrl: settings.acceptByKey ? at('screen') : undefined,
		answeredUrl: at('answered'),
	});
}

export function askForKey(visit: CallVisit, call: CallSoFar): string {
	const { own, settings } = visit;
	return screenTwiml(
		spoken(visit, settings.spoken.question),
		stepUrl(own.url, { ...call, name: 'accept' }),
	);
}

export function takeVoicemail(visit: CallVisit, call: CallSoFar, maxSeconds: number): string {
	const at = (name: CallStepName) => stepUrl(visit.own.url, { ...call, name });
	return voicemailTwiml({
		greeting: spoken(visit, visit.settings.spoken.greeting),
		maxSeconds,
		recordedUrl: at('recorded'),
		unrecordedUrl: at('unrecorded'),
		recordingUrl: at('recording'),
	});
}

export function sayGoodbye(visit: CallVisit): string {
	return hangUpTwiml(spoken(visit, visit.settings.spoken.goodbye));
}

export function hangUp(): string {
	return hangUpTwiml({ text: '', language: '' });
}

function spoken({ settings }: CallVisit, text: string): Spoken {
	return { text, language: settings.spoken.language };
}
