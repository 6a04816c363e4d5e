import { fieldReader, MalformedWebhookError } from './inbound-webhook';

/** A request of Twilio's about a call. What is not there is an empty string. */
export interface CallForm {
	/** Of the leg the request is about: the caller's, or that of a phone that was rung. */
	callSid: string;
	callStatus: string;
	/** As Twilio gives it: E.164, a SIP address, or what stands for a withheld number. */
	from: string;
	to: string;
	/** How the ringing ended: completed, busy, no-answer, failed, canceled. */
	dialCallStatus: string;
	/** Whether the two parties were connected; undefined where Twilio does not say. */
	dialBridged: boolean | undefined;
	/** Keys that were pressed. */
	digits: string;
	recording: { url: string; sid: string; seconds: number } | undefined;
	/** The URL that failed before Twilio turned to this one as the fallback. */
	failedUrl: string | undefined;
}

const CALL_SID = /^CA[0-9a-fA-F]{32}$/;
const ENDED = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** Throws MalformedWebhookError where the form names no call. */
export function parseCallForm(form: unknown): CallForm {
	const field = fieldReader(form);
	const text = (name: string) => field(name) ?? '';
	const callSid = text('CallSid');
	if (!CALL_SID.test(callSid)) throw new MalformedWebhookError('the form has no CallSid');
	const bridged = text('DialBridged').toLowerCase();
	return {
		callSid,
		callStatus: text('CallStatus'),
		from: text('From'),
		to: text('To'),
		dialCallStatus: text('DialCallStatus'),
		dialBridged: bridged === '' ? undefined : bridged === 'true',
		digits: text('Digits'),
		recording: recordingOf(text),
		failedUrl: field('ErrorUrl'),
	};
}

/** Whether the caller is gone. */
export function hasEnded({ callStatus }: CallForm): boolean {
	return ENDED.has(callStatus);
}

function recordingOf(text: (name: string) => string): CallForm['recording'] {
	const url = text('RecordingUrl');
	if (url === '' || text('RecordingStatus') === 'absent') return undefined;
	const seconds = Number(text('RecordingDuration'));
	return { url, sid: text('RecordingSid'), seconds: seconds > 0 ? seconds : 0 };
}
