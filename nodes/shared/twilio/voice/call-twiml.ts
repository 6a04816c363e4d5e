import VoiceResponse from 'twilio/lib/twiml/VoiceResponse';

/** What is spoken, and in which language (such as en-US). */
export interface Spoken {
	text: string;
	language: string;
}

export interface Ringing {
	/** E.164. All ring at once; the first to take the call has it. */
	phones: readonly string[];
	seconds: number;
	/** Shown on the phones; undefined for the caller's own number. */
	callerId: string | undefined;
	/** Asked when nothing rings any more. */
	dialedUrl: string;
	/** Asked what to say to a phone that picked up, before it is connected. */
	screenUrl: string | undefined;
	/** Told that a phone picked up. */
	answeredUrl: string;
}

/** Rings the phones; the caller hears it ring until one is connected. */
export function ringTwiml(ringing: Ringing): string {
	const response = new VoiceResponse();
	const { seconds, callerId, dialedUrl, screenUrl, answeredUrl } = ringing;
	const dial = response.dial({
		timeout: seconds,
		// Without it the caller would be answered, and billed, by silence.
		answerOnBridge: true,
		action: dialedUrl,
		method: 'POST',
		...(callerId === undefined ? {} : { callerId }),
	});
	for (const phone of ringing.phones) {
		const screened =
			screenUrl === undefined
				? {
						statusCallback: answeredUrl,
						statusCallbackEvent: ['answered' as const],
						statusCallbackMethod: 'POST',
					}
				: { url: screenUrl, method: 'POST' };
		dial.number(screened, phone);
	}
	return response.toString();
}

/** How long a phone that picked up has for pressing a key, in seconds. */
const KEY_SECONDS = 6;

/** Asks a phone that picked up for a key: a voicemail presses none, and is hung up. */
export function screenTwiml(question: Spoken, acceptUrl: string): string {
	const response = new VoiceResponse();
	const gather = response.gather({
		input: ['dtmf'],
		numDigits: 1,
		timeout: KEY_SECONDS,
		action: acceptUrl,
		method: 'POST',
	});
	say(gather, question);
	response.hangup();
	return response.toString();
}

/** Lets a phone that pressed a key talk to the caller: the end of its TwiML connects it. */
export function connectTwiml(): string {
	return new VoiceResponse().toString();
}

export function hangUpTwiml(goodbye: Spoken): string {
	const response = new VoiceResponse();
	say(response, goodbye);
	response.hangup();
	return response.toString();
}

export interface Voicemail {
	greeting: Spoken;
	maxSeconds: number;
	/** Asked when the caller has spoken. */
	recordedUrl: string;
	/** Asked when the caller has kept silent. */
	unrecordedUrl: string;
	/** Told when the recording can be fetched. */
	recordingUrl: string;
}

export function voicemailTwiml(voicemail: Voicemail): string {
	const response = new VoiceResponse();
	say(response, voicemail.greeting);
	response.record({
		maxLength: voicemail.maxSeconds,
		playBeep: true,
		action: voicemail.recordedUrl,
		method: 'POST',
		recordingStatusCallback: voicemail.recordingUrl,
		recordingStatusCallbackEvent: ['completed', 'absent'],
		recordingStatusCallbackMethod: 'POST',
	});
	// Twilio goes on here, without asking the action, where nothing was said.
	response.redirect({ method: 'POST' }, voicemail.unrecordedUrl);
	return response.toString();
}

type Speaker = Pick<VoiceResponse, 'say'>;
type SayAttributes = Exclude<Parameters<VoiceResponse['say']>[0], string>;

function say(speaker: Speaker, { text, language }: Spoken): void {
	if (text.trim() === '') return;
	// Any language that Twilio may add; it falls back to English for one it does not know.
	const attributes = (language === '' ? {} : { language }) as SayAttributes;
	speaker.say(attributes, text.trim());
}
