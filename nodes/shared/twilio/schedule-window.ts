import { InvalidInputError } from '../messaging/invalid-input-error';

const SEND_AT = 'Send At';
const MINUTE_MS = 60_000;
/** Twilio's pages say 5 minutes in one place and 15 in another: 15 holds under both. */
const EARLIEST_MS = 15 * MINUTE_MS;
const LATEST_MS = 35 * 24 * 60 * MINUTE_MS;

/** Throws InvalidInputError unless Twilio will take a text to be sent then. */
export function assertSchedulable(
	sendAt: Date,
	now: number,
	messagingServiceSid: string | undefined,
): void {
	if (messagingServiceSid === undefined) {
		throw new InvalidInputError({
			field: SEND_AT,
			cause: 'Twilio schedules texts through a Messaging Service only, and there is none',
			fix: 'Put the Messaging Service SID into the Twilio Messaging API credential, or use a Wait node.',
		});
	}
	const ahead = sendAt.getTime() - now;
	if (ahead >= EARLIEST_MS && ahead <= LATEST_MS) return;
	throw new InvalidInputError({
		field: SEND_AT,
		cause: `${sendAt.toISOString()} is ${ahead < EARLIEST_MS ? 'less than 15 minutes' : 'more than 35 days'} ahead`,
		fix: 'Choose a time between 15 minutes and 35 days from now, or use a Wait node.',
	});
}
