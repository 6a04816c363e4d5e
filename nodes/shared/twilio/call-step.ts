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

/** The trigger's own URL with the step in its query. */
export function stepUrl(base: string, step: CallStep): string {
	const url = new URL(base);
	url.searchParams.set('step', step.name);
	url.searchParams.set('call', step.callSid);
	url.searchParams.set('from', step.caller);
	url.searchParams.set('to', step.called);
	url.searchParams.set('round', String(step.round));
	if (step.dialCallStatus !== '') url.searchParams.set('dial', step.dialCallStatus);
	return url.toString();
}

/** The step a request is at; undefined for the number's own requests, which carry none. */
export function readStep(query: Readonly<Record<string, unknown>>): CallStep | undefined {
	const text = (name: string) => {
		const value = query[name];
		return typeof value === 'string' ? value : '';
	};
	const name = NAMES.find((known) => known === text('step'));
	if (name === undefined) return undefined;
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
