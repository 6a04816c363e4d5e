import type { CallForm } from './call-webhook';

/** Somebody took the call; or nobody did, and this is how the ringing ended. */
export type CallOutcome = { taken: true } | { taken: false; dialCallStatus: string };

/**
 * What became of a call after it rang. Twilio calls a parent call "completed" whatever happened, and
 * a phone that picked up too, even where that was its voicemail.
 *
 * @param screening asked for a key, only who pressed one took the call.
 */
export function outcomeOf(
	{ dialCallStatus, dialBridged }: Pick<CallForm, 'dialCallStatus' | 'dialBridged'>,
	screening: { asked: boolean; accepted: boolean },
): CallOutcome {
	const pickedUp = dialCallStatus === 'completed' || dialCallStatus === 'answered';
	const taken = screening.asked
		? screening.accepted || dialBridged === true
		: pickedUp && dialBridged !== false;
	if (taken) return { taken };
	return { taken: false, dialCallStatus: pickedUp ? 'no-answer' : dialCallStatus };
}
