import { isoTime } from '../messaging/clock';
import type { Thread } from '../threads/thread-store';
import type { SendDeps } from './send-deps';
import { OptedOutError } from './send-errors';

/** Throws OptedOutError when the thread's contact may not be texted. */
export function assertMayBeTexted({ state: { consent } }: Thread, contact: string): void {
	if (consent.status === 'optedOut') {
		throw new OptedOutError(contact, { since: consent.since, by: consent.by });
	}
}

/** Twilio's error for a contact who has opted out with it. */
export const OPTED_OUT_CODE = 21610;

/** Writes down what Twilio's refusal taught, so that no node asks again. */
export async function learnOptOut(
	deps: SendDeps,
	threadId: string,
	contact: string,
	cause: unknown,
): Promise<OptedOutError> {
	const learned = {
		status: 'optedOut' as const,
		since: isoTime(deps.clock),
		by: String(OPTED_OUT_CODE),
	};
	const { consent } = await deps.store.threads.changeState(threadId, (state) =>
		state.consent.status === 'optedOut' ? state : { ...state, consent: learned },
	);
	return new OptedOutError(contact, consent.status === 'optedOut' ? consent : learned, { cause });
}
