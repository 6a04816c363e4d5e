/** Twilio puts this in front of every text of a trial account; it adds to the length. */
const TRIAL_PREFIX = /^Sent from your Twilio trial account - /;

export function hasTrialPrefix(body: string): boolean {
	return TRIAL_PREFIX.test(body);
}

export function withoutTrialPrefix(body: string): string {
	return body.replace(TRIAL_PREFIX, '');
}
