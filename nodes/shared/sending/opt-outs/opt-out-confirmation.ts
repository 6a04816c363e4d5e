import { hasPassed } from '../../threads/has-passed';
import { claimKeys } from '../../threads/claim-keys';
import type { Consent } from '../../contacts/contact';
import { readStanding } from '../../contacts/standing';
import type { ThreadServices } from '../../threads/thread-store';
import { CONFIRM_OPT_OUT_WITHIN_MS } from '../../threads/timing';
import type { Unwanted } from '../outbound-draft';

/** Twilio's error for a contact who has opted out with it. */
export const OPTED_OUT_CODE = 21610;

/**
 * The key of the one text that may confirm the contact's opt-out, the same for every node and every
 * execution; another opt-out has another. Rejects with StoreUnavailableError.
 */
export async function confirmationKey(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
): Promise<string> {
	const { consent } = (await readStanding(services, threadId, 1)).contact;
	return claimKeys.optOutConfirmation(
		threadId,
		consent.status === 'optedOut' ? consent.since : '',
	);
}

/**
 * Why the text must not go out as the confirmation of an opt-out. The law of the United States and
 * the carriers' rules allow one, within five minutes of the contact's own word.
 */
export function whyNotConfirmed(
	consent: Consent,
	contact: string,
	now: number,
): Unwanted | undefined {
	if (consent.status !== 'optedOut') {
		return refused(`${contact} has not opted out, so there is nothing to confirm`);
	}
	if (consent.how === 'twilio') return blockedByTwilio(contact);
	if (!hasPassed(Date.parse(consent.since), CONFIRM_OPT_OUT_WITHIN_MS, now)) return undefined;
	return refused(`${contact} opted out more than five minutes ago, at ${consent.since}`);
}

/** Twilio blocks those whose STOP it has taken, and it has told them so. */
export function blockedByTwilio(contact: string, cause?: unknown): Unwanted {
	return refused(
		`Twilio handles STOP for this sender: it confirms opt-outs itself and refuses further texts to ${contact} (error ${OPTED_OUT_CODE})`,
		cause,
	);
}

function refused(why: string, cause?: unknown): Unwanted {
	const message = `${why}; nothing was sent`;
	return { why: 'noConfirmation', message, ...(cause === undefined ? {} : { cause }) };
}
