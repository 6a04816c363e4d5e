import type { AccountNumber } from './numbers';

/** As a builder tells numbers apart: with the name somebody gave it. */
export function numberLabel({ phoneNumber, name }: AccountNumber): string {
	const digits = (text: string) => text.replace(/\D/g, '');
	// Twilio names a number after itself, "(415) 555-0123", until somebody gives it a name.
	const unnamed = name === '' || digits(phoneNumber).endsWith(digits(name) || '-');
	return unnamed ? phoneNumber : `${phoneNumber} (${name})`;
}
