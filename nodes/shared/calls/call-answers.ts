import {
	hangUpTwiml,
	ringTwiml,
	screenTwiml,
	voicemailTwiml,
	type Spoken,
} from '../twilio/voice/call-twiml';
import {
	stepUrl,
	type CallForm,
	type CallStep,
	type CallStepName,
} from '../twilio/voice/call-webhook';

/** How calls are taken. */
export interface RingingSettings {
	/** E.164; those that ring together, round by round. None where nobody is rung. */
	rounds: string[][];
	ringSeconds: number;
	showCaller: boolean;
	/** Whether a phone that picks up is asked for a key before it is connected. */
	acceptByKey: boolean;
	spoken: { question: string; goodbye: string; greeting: string; language: string };
	/** Undefined where none is taken. */
	voicemail: { maxSeconds: number } | undefined;
}

/** What an answer is made of. */
export interface Answering {
	settings: RingingSettings;
	/** The trigger's own, which Twilio asks at each step. */
	url: string;
}

/** What is known of a call so far. */
export type CallSoFar = Omit<CallStep, 'name'> & Pick<CallForm, 'recording'>;

/** Rings the phones of the call's present round. */
export function ring({ url, settings }: Answering, call: CallSoFar): string {
	const at = urlOf(url, call);
	return ringTwiml({
		phones: settings.rounds[call.round] ?? [],
		seconds: settings.ringSeconds,
		callerId: settings.showCaller ? undefined : call.called,
		dialedUrl: at('dialed'),
		screenUrl: settings.acceptByKey ? at('screen') : undefined,
		answeredUrl: at('answered'),
	});
}

export function askForKey({ url, settings }: Answering, call: CallSoFar): string {
	return screenTwiml(spoken(settings, 'question'), urlOf(url, call)('accept'));
}

export function takeVoicemail({ url, settings }: Answering, call: CallSoFar): string {
	const at = urlOf(url, call);
	return voicemailTwiml({
		greeting: spoken(settings, 'greeting'),
		maxSeconds: settings.voicemail?.maxSeconds ?? 0,
		recordedUrl: at('recorded'),
		unrecordedUrl: at('unrecorded'),
		recordingUrl: at('recording'),
	});
}

export function sayGoodbye({ settings }: Answering): string {
	return hangUpTwiml(spoken(settings, 'goodbye'));
}

export function hangUp(): string {
	return hangUpTwiml({ text: '', language: '' });
}

function spoken(
	{ spoken: { language, ...texts } }: RingingSettings,
	what: 'question' | 'goodbye' | 'greeting',
): Spoken {
	return { text: texts[what], language };
}

function urlOf(url: string, call: CallSoFar): (name: CallStepName) => string {
	return (name) => stepUrl(url, { ...call, name });
}
