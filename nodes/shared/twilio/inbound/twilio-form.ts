/**
 * Bytes. A text of 1,600 characters takes 15 kB at most once it is encoded, ten media addresses and
 * all other fields a few more, what Twilio's add-ons put in some 20: Twilio's largest request fits
 * several times, and checking the signature of as much costs a millisecond or two.
 */
export const MAX_TWILIO_REQUEST_BYTES = 64 * 1024;

/** A SHA-1 HMAC in base64: twenty bytes. */
const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;
const FORM = /^application\/x-www-form-urlencoded[ \t]*(;|$)/i;

/** The fields of a form; a repeated name has a list. */
export type TwilioForm = Readonly<Record<string, string | string[]>>;

export function hasSignatureShape(header: unknown): header is string {
	return typeof header === 'string' && SIGNATURE.test(header);
}

/** Whether the header Content-Type names the one kind of body that Twilio sends. */
export function isFormContentType(header: unknown): boolean {
	return typeof header === 'string' && FORM.test(header);
}

/** Whether a parsed body is one: every value a text or a list of texts. */
export function isForm(body: unknown): body is TwilioForm {
	if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
	return Object.values(body).every(
		(value) =>
			typeof value === 'string' ||
			(Array.isArray(value) && value.every((one) => typeof one === 'string')),
	);
}
