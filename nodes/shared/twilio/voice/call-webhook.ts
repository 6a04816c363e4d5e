import { CALL_SID } from '../../messaging/sid-shapes';
import { fieldReader, MalformedWebhookError } from '../inbound/inbound-webhook';

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

/** Somebody answered the call; or nobody did, and this is how the ringing ended. */
type CallOutcome = { answered: true } | { answered: false; dialCallStatus: string };

/**
 * What became of a call after it rang. Twilio calls a parent call "completed" whatever happened, and
 * a phone that picked up too, even where that was its voicemail.
 *
 * @param screening asked for a key, only who pressed one has answered the call.
 */
export function outcomeOf(
	{ dialCallStatus, dialBridged }: Pick<CallForm, 'dialCallStatus' | 'dialBridged'>,
	screening: { asked: boolean; accepted: boolean },
): CallOutcome {
	const pickedUp = dialCallStatus === 'completed' || dialCallStatus === 'answered';
	const answered = screening.asked
		? screening.accepted || dialBridged === true
		: pickedUp && dialBridged !== false;
	if (answered) return { answered };
	return { answered: false, dialCallStatus: pickedUp ? 'no-answer' : dialCallStatus };
}

/** Where in a call one of Twilio's requests stands. */
export type CallStepName =
	/** A phone that was rung has picked up. */
	| 'answered'
	/** A phone that was rung has picked up and is to be asked for a key. */
	| 'screen'
	/** It pressed a key, or did not. */
	| 'accept'
	/** Nothing rings any more. */
	| 'dialed'
	/** The caller has spoken after the beep, or has not. */
	| 'recorded'
	| 'unrecorded'
	/** The recording can be fetched. */
	| 'recording';

/**
 * What a later request must know of an earlier one. It travels in the URL, which Twilio signs with
 * everything else, so it comes back as we gave it.
 */
export interface CallStep {
	name: CallStepName;
	/** The caller's leg. */
	callSid: string;
	caller: string;
	called: string;
	/** How many rounds of ringing are over: with phones in turn, one for each. */
	round: number;
	/** How the ringing ended; empty where nothing has rung. */
	dialCallStatus: string;
}

const NAMES: readonly string[] = [
	'answered',
	'screen',
	'accept',
	'dialed',
	'recorded',
	'unrecorded',
	'recording',
] satisfies CallStepName[];

/** The trigger's own URL with the step in its query, whose names are in order. */
export function stepUrl(base: string, step: CallStep): string {
	const url = new URL(base);
	url.searchParams.set('step', step.name);
	url.searchParams.set('call', step.callSid);
	url.searchParams.set('from', step.caller);
	url.searchParams.set('to', step.called);
	url.searchParams.set('round', String(step.round));
	if (step.dialCallStatus !== '') url.searchParams.set('dial', step.dialCallStatus);
	// Twilio signs the URL as it calls it, and some proxies put a query in order on its way to n8n.
	url.searchParams.sort();
	return url.toString();
}

/** What a step's query always has. */
const OF_EVERY_STEP = ['step', 'call', 'from', 'to', 'round'];

/**
 * The step a request is at; undefined for the number's own requests, which carry none. Throws
 * MalformedWebhookError for part of a step: its query and the form behind it, which are signed in a
 * row, were parted elsewhere.
 */
export function readStep(query: Readonly<Record<string, unknown>>): CallStep | undefined {
	const text = (name: string) => {
		const value = query[name];
		return typeof value === 'string' ? value : '';
	};
	const present = OF_EVERY_STEP.filter((name) => query[name] !== undefined);
	if (present.length === 0) return undefined;
	const name = NAMES.find((known) => known === text('step'));
	const isWhole = present.length === OF_EVERY_STEP.length && CALL_SID.test(text('call'));
	if (name === undefined || !isWhole) {
		throw new MalformedWebhookError('the address is no step of a call');
	}
	const round = Number(text('round'));
	return {
		name: name as CallStepName,
		callSid: text('call'),
		caller: text('from'),
		called: text('to'),
		round: Number.isInteger(round) && round > 0 ? round : 0,
		dialCallStatus: text('dial'),
	};
}
